-- Make a new job from a settled one, as an operator wants: one that is paid for anew, or one that
-- processes the picture again that the settled one paid for.  The latter begins paid, with the other's
-- ticket and no right to pay, so that nothing can be bought for it.
--
-- KEYS[1] -> {ns}:job:<request_id> of the settled job
-- KEYS[2] -> {ns}:job:<request_id> of the new one
-- KEYS[3] -> {ns}:requests
-- ARGV[1] -> the new request, JSON
-- ARGV[2] -> its fingerprint
-- ARGV[3] -> request_id of the settled job
-- ARGV[4] -> "1" if the new job uses the other's payment, or ""
-- ARGV[5] -> where the paid picture is kept, JSON, or "" for where the ticket leads
--
-- Returns: 1, also if it was made before | 0 if the first is not settled, is in doubt, or, for a job
--          that is to use its payment, has none | -1 if something else has the new id
local old, new = KEYS[1], KEYS[2]
if not is_record(old) then
  return 0
end
local kind = redis.call('TYPE', new).ok
if kind ~= 'none' then
  local made = kind == 'hash' and redis.call('HMGET', new, 'made_from', 'fingerprint') or {}
  return made[1] == ARGV[3] and made[2] == ARGV[2] and 1 or -1
end
local known = redis.call('HMGET', old, 'stage', 'in_doubt', 'resolved', 'ticket', 'provider')
local reuses = ARGV[4] == '1'
if known[1] ~= 'settled' or (reuses and not known[4]) then
  return 0
elseif known[2] and known[3] ~= 'unpaid' and not reuses then
  return 0
end
local time = now()
local entry = redis.call('XADD', KEYS[3], '*', 'request', ARGV[1])
redis.call('HSET', new, 'request', ARGV[1], 'fingerprint', ARGV[2], 'stage', 'accepted', 'epoch', 0,
  'payer', 0, 'entry', entry, 'heard_at', time, 'accepted_at', time, 'made_from', ARGV[3])
if reuses then
  redis.call('HSET', new, 'stage', 'paid', 'provider', known[5], 'ticket', known[4],
    'paying_at', time, 'paid_at', time, 'reuses', 1)
  if ARGV[5] ~= '' then
    redis.call('HSET', new, 'kept', ARGV[5])
  end
end
return 1
