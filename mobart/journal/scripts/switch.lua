-- Have nothing new begun, or go on: unless somebody switched since the caller looked, so that a copy of
-- this call that arrives late undoes nothing.
--
-- KEYS[1] -> {ns}:paused
-- KEYS[2] -> {ns}:switched
-- ARGV[1] -> the number of the last switching, as this script answered it; "" to look
-- ARGV[2] -> "1" to pause
--
-- Returns: "" if that is done, or the number of the last switching
free(KEYS[2], 'string')
local last = redis.call('GET', KEYS[2]) or '0'
if ARGV[1] ~= last then
  return last
end
redis.call('SET', KEYS[2], next_epoch(last))
if ARGV[2] == '1' then
  redis.call('SET', KEYS[1], 1)
else
  redis.call('DEL', KEYS[1])
end
return ''
