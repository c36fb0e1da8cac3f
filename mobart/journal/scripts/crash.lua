-- Count an unexpected error against a job, so that one that always fails is ended.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- ARGV[1] -> entry id
-- ARGV[2] -> epoch
--
-- Returns: how many there were by now, or 0 if the job is no longer this claim's
if not owns(KEYS[1], ARGV[2], ARGV[1]) then
  return 0
end
return redis.call('HINCRBY', KEYS[1], 'strikes', 1)
