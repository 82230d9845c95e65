return 'a' .. born .. (isSame and '0' or '1') .. (expiry or '')
