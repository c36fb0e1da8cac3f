-- Put in front of every script, with `turns` and `outcomes`.
--
-- On fencing.  A worker may be paused at any point for any time, and then go on as if nothing had
-- happened.  So no script believes that its caller still has the job: the claim that it names must be
-- the record's last one, by entry and *epoch*.  An epoch is the time of Redis's clock, in
-- microseconds, at which the job was claimed, and always more than the job's last one.  It is a time
-- and not a count because Redis may be brought back from an older copy: a count would then be given
-- out twice, to the worker that still holds the job and to the one that claims it again.
--
-- On histories.  What was written last may be missing after a restart or a failover.  Each worker
-- remembers what it holds and has settled, and writes again what is missing (`restore`, `resettle`).
-- Until every live worker had a lease's time for that, nothing is claimed and no right to pay is
-- given: the record of a job that another worker holds may say that nobody ever paid.  The hash
-- {ns}:history tells by the server's identity whether its data can be older than what was read
-- before, and since when it is being put right (`open`).

local moment = redis.call('TIME')  -- read once: before Redis 7.2 it goes on while a script runs

-- Milliseconds of Redis's own clock: the hosts' clocks are never compared.
local function now()
  return moment[1] * 1000 + math.floor(moment[2] / 1000)
end

-- How far each stage is.
local STAGES = {accepted = 1, paying = 2, paid = 3, settled = 4}

-- Whether a record is one that a newer version of Mobart wrote, and this one must leave alone.
local function is_foreign(stage, version)
  return (stage and not STAGES[stage]) or (version and version ~= '1')
end

-- An epoch for the next claim of a job whose last one is *last*: see above.
local function next_epoch(last)
  return string.format('%.0f', math.max(tonumber(last) + 1, moment[1] * 1000000 + moment[2]))
end

-- Which data this is: the server's process, and the replication history that it follows.  A restart
-- changes the first, a failover both, a demotion with its resynchronisation the second.
local function server()
  local info = redis.call('INFO', 'server') .. redis.call('INFO', 'replication')
  local run, history = string.match(info, 'run_id:(%w+)'), string.match(info, 'master_replid:(%w+)')
  return (run or '') .. ':' .. (history or '')
end

-- Stop before anything is written if the user that runs this may not run one of these commands any more: what
-- follows a refusal in the midst of a script would be left undone, and what stands before it be done again by the
-- next try.  Redis before 7 cannot be asked.
local function demand(...)
  for _, command in ipairs(redis.acl_check_cmd and {...} or {}) do
    if not redis.acl_check_cmd(unpack(command)) then
      error(redis.error_reply('NOPERM no permissions to run ' .. command[1] .. ' on ' .. command[2]))
    end
  end
end

-- Delete what somebody else put under a key of ours: an operation on another type would fail for
-- ever.
local function free(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then
    redis.call('DEL', key)
  end
end

-- What a counter says; one that somebody else overwrote is begun anew.
local function count_of(counter)
  free(counter, 'string')
  local count = tonumber(redis.call('GET', counter) or 0)
  if not count then
    redis.call('DEL', counter)
  end
  return count or 0
end

-- Milliseconds during which nothing may be claimed or paid; nil if nobody opened this server's
-- history yet, and then neither.
local function waiting(history)
  free(history, 'hash')
  local known = redis.call('HMGET', history, 'server', 'wait_until')
  if known[1] ~= server() then
    return nil
  end
  return math.max(0, known[2] - now())
end

-- Whether a key holds a record; one that somebody else overwrote does not.
local function is_record(job)
  return redis.call('TYPE', job).ok == 'hash'
end

-- The fields of an answer that lists names and values in turn.
local function as_table(fields)
  local told = {}
  for i = 1, #fields, 2 do
    told[fields[i]] = fields[i + 1]
  end
  return told
end

-- The JSON of a request among the fields of a stream entry; nil if there is none.
local function request_in(fields)
  return as_table(fields).request
end

-- Whether *epoch* and *entry* still are the job's: the claim of a live owner.
local function owns(job, epoch, entry)
  if not is_record(job) then
    return false
  end
  local held = redis.call('HMGET', job, 'epoch', 'entry', 'stage')
  return held[1] == epoch and held[2] == entry and held[3] ~= 'settled'
end

-- Whether the stream has an entry.
local function has(stream, entry)
  return #redis.call('XRANGE', stream, entry, entry) == 1
end

-- Whether a key holds the record of a request, and not only what became of a message that was refused.
local function is_taken(job)
  return is_record(job) and redis.call('HGET', job, 'fingerprint')
end

-- Milliseconds for which the cancellation of a request that nobody knows is remembered: longer than
-- requests should wait.
local EARLY = 3600000

-- Whether a job was cancelled before anybody knew of its request; *early* is {ns}:early.
local function is_forestalled(early, job)
  if type(redis.pcall('ZREVRANK', early, job)) ~= 'number' then  -- nor where that is no sorted set
    return false
  end
  redis.call('ZREMRANGEBYSCORE', early, '-inf', now() - EARLY)
  return redis.call('ZREVRANK', early, job) and true
end

-- Begin the record of a request that is taken.  What a refusal of the same id left under its key goes.  It is listed
-- at once: its worker may be gone before it tells anything, and only what is listed is missed in a damaged stream.
local function begin(job, request, fingerprint, entry, heard)
  local space, id = string.match(job, '^(.-):job:(.*)$')
  redis.pcall('ZADD', space .. ':index:all', 'NX', now(), id)  -- or somebody else's data is there, for a while
  redis.call('DEL', job)
  redis.call('HSET', job, 'request', request, 'fingerprint', fingerprint, 'stage', 'accepted',
    'epoch', 0, 'payer', 0, 'entry', entry, 'heard_at', heard, 'accepted_at', heard)
end

-- Add a known job to the stream anew.
local function put_back(job, stream)
  local known = redis.call('HMGET', job, 'request', 'entry')
  redis.call('HSET', job, 'entry', redis.call('XADD', stream, '*', 'request', known[1]))
  redis.call('XDEL', stream, known[2])
end

-- Make an entry look as if nobody had renewed it for *idle* milliseconds; it is handed to a consumer
-- that no worker has, so that nobody is taken to hold it.
local function hand_back(stream, group, entry, idle)
  -- where the group is gone as well, it is made anew and has every entry delivered again
  redis.pcall('XCLAIM', stream, group, 'released', 0, entry, 'IDLE', string.format('%.0f', idle),
    'JUSTID')
end

-- Renew the lease, or put a job back into the stream whose entry somebody took out of it.
local function hold(job, stream, group, consumer, entry)
  local held = redis.pcall('XCLAIM', stream, group, consumer, 0, entry, 'JUSTID')
  if #held == 1 then
    return true
  elseif held.err and not string.find(held.err, 'NOGROUP') then
    error(held)
  end
  put_back(job, stream)
  return false
end

-- Whether an operator wants nothing new to be begun; then the job's waiting time starts anew.
local function is_paused(switch, job)
  if redis.call('EXISTS', switch) == 0 then
    return false
  end
  redis.call('HDEL', job, 'claimed_at')
  return true
end

local DAY = 86400000

-- Whether *since* was on the day of UTC that it is now.
local function is_today(since)
  return math.floor(since / DAY) == math.floor(now() / DAY)
end

-- Count *micros*, millionths of a USD, as spent today; what is given back is negative.  Where Redis
-- forgot what was spent, nothing is given back.
local function spend(money, micros)
  free(money, 'hash')
  if micros > 0 or redis.call('EXISTS', money) == 1 then
    redis.call('HINCRBY', money, 'micros', string.format('%.0f', micros))
    redis.call('PEXPIREAT', money, (math.floor(now() / DAY) + 1) * DAY)
  end
end

-- Count a job as bought at the time *since*, by its user and by all, for *price* millionths of a USD (""
-- if that is not known), unless that day is over; and as one its user is busy with.
local function reserve(job, spent, spent_by_user, busy, money, price, since)
  local time = now()
  demand({'HINCRBY', money, 'micros', 1}, {'INCR', spent}, {'PEXPIREAT', spent, 1},
    {'ZADD', busy, 1, ''}, {'PEXPIRE', busy, 1}, {'HSET', job, 'price', ''})
  free(busy, 'zset')
  if price ~= '' then
    redis.call('HSET', job, 'price', price)
  end
  if is_today(since) then
    spend(money, tonumber(price) or 0)
    for _, counter in ipairs({spent, spent_by_user}) do
      count_of(counter)
      redis.call('INCR', counter)
      redis.call('PEXPIREAT', counter, (math.floor(time / DAY) + 1) * DAY)
    end
  end
  redis.call('ZADD', busy, time, job)
  redis.call('PEXPIRE', busy, DAY)
end

-- Correct the price of a purchase to *cost*, what it turned out to cost; "" if nobody knows.
local function charge(job, money, cost)
  local known = redis.call('HMGET', job, 'price', 'paying_at')
  if cost == '' or not known[2] then
    return
  end
  redis.call('HSET', job, 'price', cost)
  if is_today(known[2]) then
    spend(money, cost - (known[1] or 0))
  end
end

-- Take back what `reserve` counted at the time *since*, unless that day is over.
local function give_back(since, spent, spent_by_user, money, price)
  if not is_today(since) then
    return
  end
  spend(money, -(price or 0))
  for _, counter in ipairs({spent, spent_by_user}) do
    if count_of(counter) > 0 then
      redis.call('DECR', counter)
    end
  end
end

-- Count a request that moderation blocked, once.  Every *offences*-th of a user within a day suspends
-- the user, twice as long as the time before and for a day at most; *length* is the first time's.
local function count_offence(job, blocked, suspended, offences, length)
  local time = now()
  free(blocked, 'zset')
  if offences == 0 or redis.call('ZADD', blocked, 'NX', time, job) == 0 then
    return
  end
  redis.call('ZREMRANGEBYSCORE', blocked, '-inf', time - DAY)
  redis.call('PEXPIRE', blocked, DAY)
  local count = redis.call('ZCARD', blocked)
  if count % offences == 0 then
    local term = math.min(length * 2 ^ (count / offences - 1), DAY)
    redis.call('SET', suspended, time, 'PX', math.max(term, redis.call('PTTL', suspended)))
  end
end
