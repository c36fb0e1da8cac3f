-- Take a worker's heartbeat, and add to the counters of this minute and this hour.
--
-- KEYS[1] -> {ns}:workers
-- KEYS[2] -> {ns}:worker:<name>
-- KEYS[3] -> {ns}:requests
-- KEYS[4] -> {ns}:buyers:<day>
-- KEYS[5] -> {ns}:payers:<day>
-- ARGV[1] -> name of the worker
-- ARGV[2] -> the heartbeat, JSON
-- ARGV[3] -> seconds after which a silent worker is forgotten
-- ARGV[4] -> what names of counters begin with
-- ARGV[5] -> group
-- ARGV[6] -> how many counters are added to
-- ARGV[7] -> how many buyers of a day are kept, those who bought most
-- ARGV[8..] -> for each counter its name and what is added; then for each buyer the user, how many
--              pictures, and what was spent, in millionths of a USD
--
-- Returns: nothing
local time, silence = now(), tonumber(ARGV[3])
free(KEYS[1], 'zset')
redis.call('ZADD', KEYS[1], time, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time - silence * 1000)
redis.call('SET', KEYS[2], ARGV[2], 'EX', silence)

-- Milliseconds that the oldest request waits which no worker has taken: one that waits for its turn, or
-- one that nobody has looked at.
local function age()
  local first
  for _, fields in ipairs(redis.pcall('XINFO', 'GROUPS', KEYS[3])) do
    local group = as_table(fields)
    if group.name == ARGV[5] then
      local unread = '(' .. group['last-delivered-id']
      first = redis.call('XPENDING', KEYS[3], ARGV[5], '-', '+', 1, WAITING)[1]
        or redis.call('XRANGE', KEYS[3], unread, '+', 'COUNT', 1)[1]
    end
  end
  return first and math.max(0, time - string.match(first[1], '^%d+')) or 0
end

local function raise(key, field, value)
  if value > tonumber(redis.call('HGET', key, field) or 0) then
    redis.call('HSET', key, field, string.format('%.3f', value))
  end
end

local first, waited = 8 + 2 * ARGV[6], age() / 1000
local length = redis.call('TYPE', KEYS[3]).ok == 'stream' and redis.call('XLEN', KEYS[3]) or 0
for unit, span in pairs({m = {60, 93600}, h = {3600, 2678400}}) do
  local key = ARGV[4] .. unit .. ':' .. math.floor(time / 1000 / span[1])
  free(key, 'hash')
  for i = 8, first - 1, 2 do
    redis.call('HINCRBYFLOAT', key, ARGV[i], ARGV[i + 1])
  end
  raise(key, 'oldest', waited)
  raise(key, 'outstanding', length)
  redis.call('EXPIRE', key, span[2])
end
for i = first, #ARGV, 3 do
  for at, amount in ipairs({ARGV[i + 1], ARGV[i + 2]}) do
    if tonumber(amount) > 0 then
      local buyers = KEYS[3 + at]
      free(buyers, 'zset')
      redis.call('ZINCRBY', buyers, amount, ARGV[i])
      redis.call('ZREMRANGEBYRANK', buyers, 0, -ARGV[7] - 1)
      redis.call('EXPIRE', buyers, 2764800)
    end
  end
end
