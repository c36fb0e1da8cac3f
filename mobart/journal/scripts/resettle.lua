-- Write an outcome again that Redis lost after a worker had stored and announced it, and count again what
-- was bought for it.
--
-- It is not announced again.  The completions stream gets it anew if it lost it as well.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:completions
-- KEYS[4] -> {ns}:busy:<user_id>
-- KEYS[5] -> {ns}:spent
-- KEYS[6] -> {ns}:spent:<user_id>
-- KEYS[7] -> {ns}:money
-- ARGV[1] -> group
-- ARGV[2] -> the request, JSON
-- ARGV[3] -> its fingerprint
-- ARGV[4] -> the completion, JSON
-- ARGV[5] -> "1" if nobody knows whether it was paid
-- ARGV[6] -> the completion's entry id
-- ARGV[7] -> seconds the record is kept
-- ARGV[8] -> milliseconds a completion is kept in the stream
-- ARGV[9] -> about how many completions the stream keeps
-- ARGV[10..] -> what the worker knows of the job, as `hear` has it
--
-- Returns: 1, or 0 if the record had an outcome or knows more
local job, time, told = KEYS[1], now(), hear(10)
free(job, 'hash')
local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'epoch', 'ticket')
if known[1] and (known[1] ~= ARGV[3] or (known[4] and not told.ticket)) then
  return 0
end
free(KEYS[3], 'stream')
local entry = ARGV[6]
local found = redis.call('XRANGE', KEYS[3], entry, entry)[1]
if not found or found[2][2] ~= ARGV[4] then  -- another server's clock may have given this id to another
  entry = append(KEYS[3], ARGV[4], ARGV[8], ARGV[9])
end
if known[2] == 'settled' then
  return 0
end
if known[1] then
  drop_entry(job, KEYS[2], ARGV[1], KEYS[4])
else
  begin(job, ARGV[2], ARGV[3], '0-1', told.heard_at or told.claimed_at or time)  -- Redis numbers no entry so
end
if told.payer ~= '0' and (not known[1] or known[2] == 'accepted') then
  reserve(job, KEYS[5], KEYS[6], KEYS[4], KEYS[7], told.price or '', told.paying_at or time)
else
  charge(job, KEYS[7], told.price or '')
end
local last = math.max(tonumber(known[3] or 0), tonumber(told.epoch))
remember(job, told, KEYS[2])
redis.call('HSET', job, 'stage', 'settled', 'epoch', next_epoch(last), 'completion', ARGV[4],
  'settled_at', time, 'told', entry)
if ARGV[5] ~= '' then
  redis.call('HSET', job, 'in_doubt', ARGV[5])
end
free(KEYS[4], 'zset')
redis.call('ZREM', KEYS[4], job)
redis.call('EXPIRE', job, ARGV[7])
return 1
