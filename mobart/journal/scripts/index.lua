-- List the requests that were settled since the last time, by what their completions say.
--
-- The completions stream is the truth, so that nothing is missed whoever settled it, and listing
-- something again changes nothing.
--
-- KEYS[1] -> {ns}:completions
-- KEYS[2] -> {ns}:indexed
-- ARGV[1] -> what names of indexes begin with
-- ARGV[2] -> what names of records begin with
-- ARGV[3] -> completions read at most
-- ARGV[4] -> requests kept in one index
-- ARGV[5] -> seconds an index is kept
-- ARGV[6] -> seconds the index of a user is kept of whom only refusals are known
-- ARGV[7..] -> every error code
--
-- Returns: how many completions were read
local prefix, most, keep = ARGV[1], tonumber(ARGV[4]), ARGV[5]
free(KEYS[1], 'stream')
free(KEYS[2], 'string')

local function each_name(told, act)
  act('all')
  act('status:' .. told.status)
  for _, field in ipairs({'preset', 'provider'}) do
    if type(told[field]) == 'string' then
      act(field .. ':' .. told[field])
    end
  end
  if type(told.error_code) == 'string' then
    act('code:' .. told.error_code)
    act('code:' .. told.error_code .. ':' .. tostring(told.paid))
  end
  if told.paid == 'unknown' then
    act('doubt')
  end
end

local function forget(id)
  for _, name in ipairs({'status:failed', 'status:completed', 'doubt'}) do
    free(prefix .. name, 'zset')
    redis.call('ZREM', prefix .. name, id)
  end
  for i = 7, #ARGV do
    for _, paid in ipairs({'', ':true', ':false', ':unknown'}) do
      free(prefix .. 'code:' .. ARGV[i] .. paid, 'zset')
      redis.call('ZREM', prefix .. 'code:' .. ARGV[i] .. paid, id)
    end
  end
end

local function add(name, time, id)
  local index = prefix .. name
  free(index, 'zset')
  redis.call('ZADD', index, time, id)
  redis.call('ZREMRANGEBYRANK', index, 0, -most - 1)
  return index
end

local last = string.match(redis.call('GET', KEYS[2]) or '', '^%d+%-%d+$') or '0-0'
local entries = redis.call('XRANGE', KEYS[1], '(' .. last, '+', 'COUNT', ARGV[3])
for _, entry in ipairs(entries) do
  local time = string.match(entry[1], '^%d+')
  local fine, told = pcall(cjson.decode, entry[2][2])
  local id = fine and type(told) == 'table' and told.request_id
  if type(id) == 'string' and type(told.status) == 'string' and not told.duplicate then
    if told.correction then
      forget(id)
    end
    each_name(told, function(name)
      redis.call('EXPIRE', add(name, time, id), keep)
    end)
    local user = told.user_id
    if type(user) == 'string' and #user <= 128 and string.match(user, '^%w[%w._:@-]*$') then
      local index = add('user:' .. user, time, id)
      if is_taken(ARGV[2] .. id) then
        redis.call('EXPIRE', index, keep)
      elseif redis.call('PTTL', index) < 0 then
        redis.call('EXPIRE', index, ARGV[6])
      end
    end
  end
  last = entry[1]
end
if #entries > 0 then
  redis.call('SET', KEYS[2], last)
end
return #entries
