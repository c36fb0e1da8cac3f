-- Hold a paid picture for all workers for a while, if there is room for it.
--
-- KEYS[1] -> {ns}:picture:<where it belongs in S3>
-- KEYS[2] -> {ns}:pictures, a sorted set of "<bytes>:<key>" by the time at which each goes
-- ARGV[1] -> the picture
-- ARGV[2] -> seconds that it is held
-- ARGV[3] -> bytes for which there is room
--
-- Returns: 1, or 0 if there is no room
local picture, index = KEYS[1], KEYS[2]
demand({'SET', picture, ''}, {'ZADD', index, 1, ''}, {'EXPIRE', index, 1})
free(index, 'zset')
local name, held = #ARGV[1] .. ':' .. picture, #ARGV[1]
local others = redis.call('ZREVRANGE', index, 0, -1, 'WITHSCORES')
for i = 1, #others, 2 do
  local counts = others[i] ~= name and tonumber(others[i + 1]) > now()
  held = held + (counts and tonumber(string.match(others[i], '^%d+')) or 0)
end
if held > tonumber(ARGV[3]) then
  return 0
end
redis.call('SET', picture, ARGV[1], 'EX', ARGV[2])  -- the first write: only that one is refused by a full Redis
redis.call('ZREMRANGEBYSCORE', index, '-inf', now())
redis.call('ZADD', index, now() + ARGV[2] * 1000, name)
redis.call('EXPIRE', index, ARGV[2])
return 1
