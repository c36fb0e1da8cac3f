-- Hold a paid picture for all workers for a while, if there is room for it.  Those of jobs that have ended
-- make room: an operator may want them, but nobody waits for them.
--
-- KEYS[1] -> {ns}:picture:<where it belongs in S3>
-- KEYS[2] -> {ns}:pictures, a sorted set of "<bytes>:<key>" by the time at which each goes
-- ARGV[1] -> the picture
-- ARGV[2] -> seconds that it is held
-- ARGV[3] -> bytes for which there is room
--
-- Returns: 1, or 0 if there is no room
local picture, index = KEYS[1], KEYS[2]
demand({'SET', picture, ''}, {'ZADD', index, 1, ''}, {'EXPIRE', index, 1}, {'DEL', picture},
  {'ZREM', index, ''})
free(index, 'zset')
local name, held = #ARGV[1] .. ':' .. picture, #ARGV[1]
local room, ended, dropped, gone = tonumber(ARGV[3]), {}, {}, {}
for _, other in ipairs(redis.call('ZREVRANGE', index, 0, -1)) do
  local size, key = string.match(other, '^(%d+):(.*)$')
  if key and key ~= picture and redis.call('EXISTS', key) == 1 then
    held = held + size
    if redis.pcall('HGET', (string.gsub(key, ':picture:.*/', ':job:')), 'stage') == 'settled' then
      table.insert(ended, {tonumber(size), key})
    end
  elseif other ~= name then
    table.insert(gone, other)  -- each is looked at once: in an outage thousands come and go in an hour
  end
end
for _, one in ipairs(ended) do
  if held > room then
    held = held - one[1]
    table.insert(dropped, one[2])
  end
end
if held > room then
  return 0
end
redis.call('SET', picture, ARGV[1], 'EX', ARGV[2])  -- the first write: only that one is refused by a full Redis
for _, key in ipairs(dropped) do
  redis.call('DEL', key)
end
for _, other in ipairs(gone) do
  redis.call('ZREM', index, other)
end
redis.call('ZREMRANGEBYSCORE', index, '-inf', now())
redis.call('ZADD', index, now() + ARGV[2] * 1000, name)
redis.call('EXPIRE', index, ARGV[2])
return 1
