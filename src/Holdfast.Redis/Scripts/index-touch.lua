-- KEYS  threads   ARGV  1 id, 2 terms, 3 score, 4 expiry or ''
-- Answers 'agrees' if the index agrees now; else the score that it has if that is of a later update, and '' if more is to be written.

local agrees, known = touch(baseOf(KEYS[1]), ARGV[1], ARGV[2], ARGV[3], ARGV[4])
return agrees and 'agrees' or known or ''
