-- Write an outcome again that Redis lost after a worker had stored and announced it.
--
-- It is not announced again.  The completions stream gets it anew if it lost it as well.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:completions
-- KEYS[4] -> {ns}:busy:<user_id>
-- ARGV[1] -> group
-- ARGV[2] -> the request, JSON
-- ARGV[3] -> its fingerprint
-- ARGV[4] -> epoch
-- ARGV[5] -> payer
-- ARGV[6] -> provider, or ""
-- ARGV[7] -> ticket, or ""
-- ARGV[8] -> the completion, JSON
-- ARGV[9] -> "1" if nobody knows whether it was paid
-- ARGV[10] -> the completion's entry id
-- ARGV[11] -> seconds the record is kept
-- ARGV[12] -> milliseconds a completion is kept in the stream
-- ARGV[13] -> about how many completions the stream keeps
--
-- Returns: 1, or 0 if the record had an outcome or knows more
local job, time = KEYS[1], now()
free(job, 'hash')
local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'epoch', 'ticket')
if known[1] and (known[1] ~= ARGV[3] or (known[4] and ARGV[7] == '')) then
  return 0
end
free(KEYS[3], 'stream')
local entry = ARGV[10]
local found = redis.call('XRANGE', KEYS[3], entry, entry)[1]
if not found or found[2][2] ~= ARGV[8] then  -- another server's clock may have given this id to another
  entry = append(KEYS[3], ARGV[8], ARGV[12], ARGV[13])
end
if known[2] == 'settled' then
  return 0
end
if known[1] then
  drop_entry(job, KEYS[2], ARGV[1], KEYS[4])
else
  begin(job, ARGV[2], ARGV[3], '0-1', time)
end
local last = math.max(tonumber(known[3] or 0), tonumber(ARGV[4]))
redis.call('HSET', job, 'stage', 'settled', 'epoch', next_epoch(last), 'payer', ARGV[5],
  'completion', ARGV[8], 'settled_at', time, 'told', entry)
for name, value in pairs({provider = ARGV[6], ticket = ARGV[7], in_doubt = ARGV[9]}) do
  if value ~= '' then
    redis.call('HSET', job, name, value)
  end
end
free(KEYS[4], 'zset')
redis.call('ZREM', KEYS[4], job)
redis.call('EXPIRE', job, ARGV[11])
return 1
