-- The index of one tenant; put before what uses it. All its keys begin with the same base and live in one slot:
--   threads   hash        id -> record: born (16 bytes), version, ':', terms
--   ids       sorted set  id, all with score 0, so that they sort by their bytes
--   updated   sorted set  id with -(milliseconds of the last update), so that the newest come first and equal ones sort by their bytes
--   expires   sorted set  id with a time that is not after its expiry; a listing looks at the head to know the true one
--   term:T    sorted set  id of each thread that has the term T, all with score 0
-- What is in the index is only ever a candidate: a listing asks the heads.
-- Where it lies in a slot of a cluster, a script is given every key that it uses, so that while the slot moves the server refuses (TRYAGAIN) or sends it on (ASK):
-- a key that was not named would be begun a second time at the other node. On a single server, where nothing moves, the names are made of the base.

local function baseOf(threads)
  return string.sub(threads, 1, -(#'threads' + 1))
end

-- The tenant whose index it is, and the sorted set of all tenants; for scripts that reach both.
local function tenantOf(threads)
  local tenant = string.match(threads, '{t:([^}]*)}')
  return (string.gsub(tenant, '%%(%x%x)', function(code) return string.char(tonumber(code, 16)) end))
end

local function tenantsOf(threads)
  return string.sub(threads, 1, string.find(threads, '{', 1, true) - 1) .. 'tenants'
end

-- Terms are written one after the other, each with its length in bytes and a colon before it.
local function splitTerms(text, from)
  local terms, at = {}, from
  while at <= #text do
    local colon = string.find(text, ':', at, true)
    local length = colon and tonumber(string.sub(text, at, colon - 1))
    if not length then break end
    terms[#terms + 1] = string.sub(text, colon + 1, colon + length)
    at = colon + length + 1
  end
  return terms
end

local function endOfVersion(record)
  return string.find(record, ':', 17, true) or #record + 1
end

local function termsOf(record)
  return string.sub(record, endOfVersion(record) + 1)
end

-- Whether the keys of all terms of a record are among those of the script, from the fifth on.
local function areNamed(record)
  local named, base = {}, baseOf(KEYS[1])
  for i = 5, #KEYS do
    named[KEYS[i]] = true
  end
  for _, term in ipairs(splitTerms(record, endOfVersion(record) + 1)) do
    if not named[base .. 'term:' .. term] then return false end
  end
  return true
end

-- Runs what writes to the index after something else was written that must stand; why it failed, or nil.
local function failureOf(write)
  local isDone, failure = pcall(write)
  if isDone then return nil end
  return type(failure) == 'table' and failure.err or tostring(failure)
end

-- Which life of the thread, and which version of it, the record was written for; empty if there is no record.
local function stampOf(record)
  return record and string.sub(record, 1, endOfVersion(record) - 1) or ''
end

-- Whether the index agrees with a commit that changes nothing but the time of the update, which it is given; it is never given an older one here,
-- so that touching for a commit that then conflicts can hide nothing from a listing. Answers also the score of a later update that it has, and its terms.
local function touch(base, id, terms, score, expiry)
  local record = redis.call('HGET', base .. 'threads', id)
  if not record or termsOf(record) ~= terms then
    return false, nil, record and termsOf(record) or ''
  end
  if expiry ~= '' then
    local known = redis.call('ZSCORE', base .. 'expires', id)
    if not known or tonumber(known) > tonumber(expiry) then
      return false, nil, terms
    end
  end
  local known = redis.call('ZSCORE', base .. 'updated', id)
  if not known or tonumber(known) < tonumber(score) then
    return false, known, terms
  end
  if tonumber(known) > tonumber(score) then
    redis.call('ZADD', base .. 'updated', score, id)
  end
  return true
end

local function putExpiry(base, id, expiry)
  if expiry == '' then
    redis.call('ZREM', base .. 'expires', id)
  else
    redis.call('ZADD', base .. 'expires', expiry, id)
  end
end

-- Makes the index say this of a thread. Where a score is given that was seen, a newer update that is there by now stays.
local function put(base, id, born, version, score, expiry, terms, seen)
  local record = redis.call('HGET', base .. 'threads', id)
  local wanted = {}
  for _, term in ipairs(splitTerms(terms, 1)) do
    wanted[term] = true
    redis.call('ZADD', base .. 'term:' .. term, 0, id)
  end
  if record then
    for _, term in ipairs(splitTerms(record, endOfVersion(record) + 1)) do
      if not wanted[term] then
        redis.call('ZREM', base .. 'term:' .. term, id)
      end
    end
  end
  redis.call('ZADD', base .. 'ids', 0, id)
  local known = seen and tonumber(redis.call('ZSCORE', base .. 'updated', id) or 'x')
  if not known or known == tonumber(seen) or tonumber(score) < known then
    redis.call('ZADD', base .. 'updated', score, id)
  end
  putExpiry(base, id, expiry)
  redis.call('HSET', base .. 'threads', id, born .. version .. ':' .. terms)
end

local function forget(base, id)
  local record = redis.call('HGET', base .. 'threads', id)
  if record then
    for _, term in ipairs(splitTerms(record, endOfVersion(record) + 1)) do
      redis.call('ZREM', base .. 'term:' .. term, id)
    end
    redis.call('HDEL', base .. 'threads', id)
  end
  redis.call('ZREM', base .. 'ids', id)
  redis.call('ZREM', base .. 'updated', id)
  redis.call('ZREM', base .. 'expires', id)
end

