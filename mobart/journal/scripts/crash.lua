-- Count an unexpected error against a job, so that one that always fails is ended: one for each claim,
-- however often this call is made.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- ARGV[1] -> entry id
-- ARGV[2] -> epoch
--
-- Returns: how many there were by now, or 0 if the job is no longer this claim's
if not owns(KEYS[1], ARGV[2], ARGV[1]) then
  return 0
end
if redis.call('HGET', KEYS[1], 'struck') ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[1], 'strikes', 1)
  redis.call('HSET', KEYS[1], 'struck', ARGV[2])
end
return tonumber(redis.call('HGET', KEYS[1], 'strikes'))
