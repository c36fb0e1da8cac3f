-- Keep the ticket of a payment, whichever worker owns the job by now: paid work is never thrown away.
--
-- It is fenced by the right to pay, not by the claim's epoch: a worker that was frozen during its
-- submit brings the ticket in late.  If an outcome was announced meanwhile that left the
-- payment open, the job is opened again, and its next outcome corrects that one.
--
-- A callback brings a ticket as well, without an entry: it is stored where there is none, and gives
-- way to the answer that the provider gave to the submit itself.  One that is another job's is not taken: its
-- picture would be delivered to the wrong player.  If it turns out to be another's only later, by the answer to
-- that one's submit, the job is in doubt again.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:busy:<user_id>
-- KEYS[4] -> {ns}:money
-- KEYS[5] -> {ns}:ticket:<provider>:<ticket>, whose ticket it is
-- ARGV[1] -> entry id, "" for a callback
-- ARGV[2] -> epoch
-- ARGV[3] -> payer: the epoch that took the right to pay
-- ARGV[4] -> the number of that right
-- ARGV[5] -> provider
-- ARGV[6] -> ticket
-- ARGV[7] -> what it cost, in millionths of a USD; "" if that was not told
--
-- Returns: "stored", also if it was stored before | "cancelled" (stored, and the job was cancelled
--          while the submit was under way) | "lost" (stored if it was missing) | "gone"

-- Take a ticket that is another's from the job that has it by a callback.
local function disown(holder)
  local has = is_record(holder) and redis.call('HMGET', holder, 'stage', 'provider', 'ticket', 'adopted') or {}
  if has[1] == 'paid' and has[2] == ARGV[5] and has[3] == ARGV[6] and has[4] then
    redis.call('HDEL', holder, 'ticket', 'paid_at', 'adopted')
    redis.call('HSET', holder, 'stage', 'paying', 'disowned', ARGV[6])
    redis.call('HINCRBY', holder, 'epoch', 1)  -- its owner must notice
  end
end

local job, stream, mark = KEYS[1], KEYS[2], KEYS[5]
if not is_record(job) then
  return 'gone'
end
local known = redis.call('HMGET', job, 'ticket', 'stage', 'in_doubt', 'cancelled', 'adopted')
local payer, right = right_of(job)
local adopted, same = ARGV[1] == '', payer == ARGV[3] and right == ARGV[4]
free(mark, 'string')
local holder = redis.call('GET', mark)
if holder and holder ~= job then
  if adopted then
    return 'lost'
  end
  disown(holder)
end
if same and known[5] and known[2] == 'paid' and not adopted then
  redis.call('HSET', job, 'provider', ARGV[5], 'ticket', ARGV[6])
  redis.call('HDEL', job, 'adopted')
elseif same and not known[1] then
  charge(job, KEYS[4], ARGV[7])
  if known[2] == 'paying' then
    redis.call('HSET', job, 'stage', 'paid', 'provider', ARGV[5], 'ticket', ARGV[6], 'paid_at', now())
  elseif known[2] == 'settled' and known[3] then
    -- The outcome took the entry away, the user's job off the list, and gave the record an end: all
    -- that is undone, or nobody would work on the job, and its ticket would expire.
    local again = redis.call('XADD', stream, '*', 'request', redis.call('HGET', job, 'request'))
    redis.call('HSET', job, 'stage', 'paid', 'provider', ARGV[5], 'ticket', ARGV[6],
      'paid_at', now(), 'correction', 1, 'entry', again)
    redis.call('HDEL', job, 'in_doubt', 'resolved')
    free(KEYS[3], 'zset')
    redis.call('ZADD', KEYS[3], now(), job)
    redis.call('PEXPIRE', KEYS[3], DAY)
    redis.call('PERSIST', job)
  end
  if adopted and redis.call('HGET', job, 'ticket') == ARGV[6] then
    redis.call('HSET', job, 'adopted', 1)
  end
end
if redis.call('HGET', job, 'ticket') == ARGV[6] then
  redis.call('SET', mark, job, 'EX', TICKET)
end
if not owns(job, ARGV[2], ARGV[1]) or redis.call('HGET', job, 'ticket') ~= ARGV[6] then
  return 'lost'
end
return known[4] and 'cancelled' or 'stored'
