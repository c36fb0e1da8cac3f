-- Remember the cancellation of a request that nobody knows yet: it may wait in the stream, or behind a
-- burst, or be on its way.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:early
-- ARGV[1] -> how many are remembered
--
-- Returns: 1, or 0 if the request came meanwhile
local job, early = KEYS[1], KEYS[2]
if is_taken(job) then
  return 0
end
free(early, 'zset')
redis.call('ZREMRANGEBYSCORE', early, '-inf', now() - EARLY)
redis.call('ZADD', early, now(), job)
redis.call('ZREMRANGEBYRANK', early, 0, -1 - ARGV[1])
redis.call('PEXPIRE', early, EARLY)
return 1
