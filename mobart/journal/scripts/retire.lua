-- Remove consumers that are gone and hold nothing.  Removing one that holds entries would lose
-- them, so looking and removing is one step.
--
-- KEYS[1] -> {ns}:requests
-- ARGV[1] -> group
-- ARGV[2] -> milliseconds of silence after which a consumer counts as gone
-- ARGV[3] -> a consumer that leaves right now, or ""
--
-- Returns: the names removed
local removed = {}
if redis.call('EXISTS', KEYS[1]) == 0 then
  return removed
end
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = as_table(fields)
  local gone = consumer.name == ARGV[3] or consumer.idle > tonumber(ARGV[2])
  if gone and consumer.pending == 0 and consumer.name ~= WAITING then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    removed[#removed + 1] = consumer.name
  end
end
return removed
