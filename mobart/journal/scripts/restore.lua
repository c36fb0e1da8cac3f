-- Write a job again that Redis lost (restarted without its data) while a worker was busy with it.
--
-- It is put back into the stream: its next owner goes on where this one was.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- ARGV[1] -> the request, JSON
-- ARGV[2] -> its fingerprint
-- ARGV[3] -> stage
-- ARGV[4] -> epoch
-- ARGV[5] -> payer
-- ARGV[6] -> provider, or ""
-- ARGV[7] -> ticket, or ""
--
-- Returns: 1, or 0 if there is a record after all
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local time = now()
local entry = redis.call('XADD', KEYS[2], '*', 'request', ARGV[1])
redis.call('HSET', KEYS[1], 'request', ARGV[1], 'fingerprint', ARGV[2], 'stage', ARGV[3],
  'epoch', ARGV[4], 'payer', ARGV[5], 'entry', entry, 'heard_at', time, 'accepted_at', time,
  'claimed_at', time)
if ARGV[3] ~= 'accepted' then
  redis.call('HSET', KEYS[1], 'paying_at', time)
end
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[1], 'provider', ARGV[6], 'ticket', ARGV[7], 'paid_at', time)
end
return 1
