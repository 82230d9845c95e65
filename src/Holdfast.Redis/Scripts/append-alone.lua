return 'a' .. life .. (isSame and '0' or '1') .. (expiry or '')
