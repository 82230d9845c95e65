-- Some of the entries of a range, oldest or newest first: as many as take about a mebibyte, each counted with 256 bytes beside its body, and at least one.
local function slice(log, first, last, backward)
  local entries, bytes, from, to = {}, 0, first .. '-0', last .. '-0'
  repeat
    local some = backward and redis.call('XREVRANGE', log, to, from, 'COUNT', 16) or redis.call('XRANGE', log, from, to, 'COUNT', 16)
    for _, entry in ipairs(some) do
      entries[#entries + 1] = entry
      bytes = bytes + 256 + #(entry[2][4] or '')
      if backward then to = '(' .. entry[1] else from = '(' .. entry[1] end
      if bytes >= 1048576 then break end
    end
  until #some < 16 or bytes >= 1048576
  return entries
end

