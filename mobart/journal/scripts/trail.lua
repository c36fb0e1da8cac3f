-- Add to the timelines of requests, and list those that were accepted.
--
-- A timeline is kept as long as its request's record.
--
-- KEYS[1] -> {ns}:index:all
-- KEYS[2i], KEYS[2i+1] -> {ns}:trail:<request_id>, {ns}:job:<request_id>
-- ARGV[1] -> moments kept of one request
-- ARGV[2] -> seconds that a record is kept
-- ARGV[3] -> seconds that a refusal is kept
-- ARGV[4] -> what names of indexes begin with
-- ARGV[5..] -> for each request: its id, its user if it was accepted (else ""), how many moments,
--              the moments
--
-- Returns: nothing
local at = 5
for i = 2, #KEYS, 2 do
  local trail, job = KEYS[i], KEYS[i + 1]
  local id, user, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  if count > 0 then
    free(trail, 'list')
    redis.call('RPUSH', trail, unpack(ARGV, at + 3, at + 2 + count))
    redis.call('LTRIM', trail, -tonumber(ARGV[1]), -1)
    local left = redis.call('PTTL', job)
    if left == -2 then
      left = ARGV[3] * 1000
    end
    redis.call('PEXPIRE', trail, left > 0 and left or ARGV[2] * 1000)
  end
  if user ~= '' then
    for _, index in ipairs({KEYS[1], ARGV[4] .. 'user:' .. user}) do
      free(index, 'zset')
      redis.call('ZADD', index, 'NX', now(), id)
      redis.call('EXPIRE', index, ARGV[2])
    end
  end
  at = at + 3 + count
end
