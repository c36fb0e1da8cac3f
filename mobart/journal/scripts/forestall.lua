-- Remember the cancellation of a request that nobody knows yet: it may wait in the stream, or behind a
-- burst, or be on its way.  Where it came meanwhile, or Redis lost the note of its cancellation, it is noted
-- in its record.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:early
-- ARGV[1] -> how many are remembered
--
-- Returns: 1, or 0 if the request is known
local job, early = KEYS[1], KEYS[2]
if is_taken(job) then
  if redis.call('HGET', job, 'stage') ~= 'settled' then
    redis.call('HSET', job, 'cancelled', 1)
  end
  return 0
end
free(early, 'zset')
redis.call('ZREMRANGEBYSCORE', early, '-inf', now() - EARLY)
redis.call('ZADD', early, now(), job)
redis.call('ZREMRANGEBYRANK', early, 0, -1 - ARGV[1])
redis.call('PEXPIRE', early, EARLY)
return 1
