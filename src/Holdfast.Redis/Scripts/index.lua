-- The index of one tenant in one space; put before what uses it, after the file of times. All its keys begin with the same base and live in one slot:
--   threads   hash        id -> record: life (16 bytes), version, if that is still to come '@' and when this was said, ':', terms
--   ids       sorted set  id, all with score 0, so that they sort by their bytes
--   updated   sorted set  id with -(milliseconds of the last update), so that the newest come first and equal ones sort by their bytes
--   expires   sorted set  id with a time that is not after its expiry; a listing looks at the head to know the true one
--   due       sorted set  id of each thread that is due at some time, with a time that is not after that
--   term:T    sorted set  id of each thread that has the term T, all with score 0
-- What is in the index is only ever a candidate: a listing asks the heads. Where the index lies in a slot of a cluster, what a commit brings is added to it before the
-- commit, with the version to come, and what no longer holds is taken away after it: what a process leaves that dies between is a candidate too many.
-- There a script is given every key that it uses, so that while the slot moves the server refuses (TRYAGAIN) or sends it on (ASK): a key that was not named would be
-- begun a second time at the other node. On a single server, where nothing moves, the names are made of the base.

local function baseOf(threads)
  return string.sub(threads, 1, -(#'threads' + 1))
end

-- The sorted set of all tenants that have threads in this space, and the tenant; for scripts that reach both.
local function tenantOf(threads)
  local before, space, tenant = string.match(threads, '^([^{]*){([^:}]*):([^}]*)}')
  tenant = string.gsub(tenant, '%%(%x%x)', function(code) return string.char(tonumber(code, 16)) end)
  return before .. 'tenants' .. (space == 't' and '' or ':' .. space), tenant
end

local function register(threads)
  if redis.call('HLEN', threads) == 0 then
    local tenants, tenant = tenantOf(threads)
    redis.call('ZADD', tenants, 0, tenant)
  end
end

local function unregister(threads)
  if redis.call('HLEN', threads) == 0 then
    redis.call('ZREM', tenantOf(threads))
  end
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

local function endOfStamp(record)
  return string.find(record, ':', 17, true) or #record + 1
end

local function termsOf(record)
  return string.sub(record, endOfStamp(record) + 1)
end

-- Whether the keys of all terms of a record are among those of the script, from the sixth on.
local function areNamed(record)
  local named, base = {}, baseOf(KEYS[1])
  for i = 6, #KEYS do
    named[KEYS[i]] = true
  end
  for _, term in ipairs(splitTerms(record, endOfStamp(record) + 1)) do
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
  return record and string.sub(record, 1, endOfStamp(record) - 1) or ''
end

local function isOfLife(record, life)
  return record and string.sub(record, 1, 16) == life
end

local function versionOf(record)
  return tonumber(string.match(record, '^%d+', 17)) or 0
end

-- Whether the record tells of a version that is to come; one that has not come within a day never does.
local function isToCome(record)
  local said = record and tonumber(string.match(record, '^%d+@(%d+):', 17))
  return said and said + DAY > now()
end

-- Adds what a thread has, or is to have, to what the index says of it. Answers whether that was anything, and all terms that it has then.
local function add(base, id, record, expiry, due, terms)
  local isNew, has, text = not record, {}, record and termsOf(record) or ''
  if text ~= terms then
    for _, term in ipairs(splitTerms(text, 1)) do
      has[term] = true
    end
    for _, term in ipairs(splitTerms(terms, 1)) do
      if not has[term] then
        redis.call('ZADD', base .. 'term:' .. term, 0, id)
        text, isNew = text .. #term .. ':' .. term, true
      end
    end
  end
  if not record then
    redis.call('ZADD', base .. 'ids', 0, id)
  end
  if expiry ~= '' and redis.call('ZADD', base .. 'expires', 'LT', 'CH', expiry, id) == 1 then
    isNew = true
  end
  if due ~= '' and redis.call('ZADD', base .. 'due', 'LT', 'CH', due, id) == 1 then
    isNew = true
  end
  return isNew, text
end

local function putTime(key, id, time)
  if time == '' then
    redis.call('ZREM', key, id)
  else
    redis.call('ZADD', key, time, id)
  end
end

-- Moves a thread to its place in the order of updates. Where a score is given that was seen, a newer update that is there by now stays.
local function place(base, id, score, seen)
  local known = seen and tonumber(redis.call('ZSCORE', base .. 'updated', id) or 'x')
  if not known or known == tonumber(seen) or tonumber(score) < known then
    redis.call('ZADD', base .. 'updated', score, id)
  end
end

-- Makes the index say this of a thread. What a record says that is trusted need not be written again.
local function put(base, id, life, version, score, expiry, due, terms, seen, trusts)
  local record = redis.call('HGET', base .. 'threads', id)
  if not trusts or not record or termsOf(record) ~= terms then
    local wanted = {}
    for _, term in ipairs(splitTerms(terms, 1)) do
      wanted[term] = true
      redis.call('ZADD', base .. 'term:' .. term, 0, id)
    end
    if record then
      for _, term in ipairs(splitTerms(record, endOfStamp(record) + 1)) do
        if not wanted[term] then
          redis.call('ZREM', base .. 'term:' .. term, id)
        end
      end
    end
    redis.call('ZADD', base .. 'ids', 0, id)
  end
  place(base, id, score, seen)
  putTime(base .. 'expires', id, expiry)
  putTime(base .. 'due', id, due)
  redis.call('HSET', base .. 'threads', id, life .. version .. ':' .. terms)
end

local function forget(base, id)
  local record = redis.call('HGET', base .. 'threads', id)
  if record then
    for _, term in ipairs(splitTerms(record, endOfStamp(record) + 1)) do
      redis.call('ZREM', base .. 'term:' .. term, id)
    end
    redis.call('HDEL', base .. 'threads', id)
  end
  for _, set in ipairs({'ids', 'updated', 'expires', 'due'}) do
    redis.call('ZREM', base .. set, id)
  end
end

