-- Remember how long generations took, and tell how long the latest took.
--
-- KEYS[i] -> {ns}:durations:<kind>
-- ARGV[1] -> durations kept of one kind
-- ARGV[2] -> seconds that those of a kind are kept which has no new ones
-- ARGV[3..] -> for each kind: how many durations, the durations
--
-- Returns: for each kind its durations, the latest last
local at, known = 3, {}
for i, kind in ipairs(KEYS) do
  local count = tonumber(ARGV[at])
  free(kind, 'list')
  if count > 0 then
    redis.call('RPUSH', kind, unpack(ARGV, at + 1, at + count))
    redis.call('LTRIM', kind, -tonumber(ARGV[1]), -1)
    redis.call('EXPIRE', kind, ARGV[2])
  end
  known[i] = redis.call('LRANGE', kind, 0, -1)
  at = at + 1 + count
end
return known
