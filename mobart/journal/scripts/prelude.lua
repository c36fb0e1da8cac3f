-- Put in front of every script.

-- Milliseconds of Redis's own clock: the hosts' clocks are never compared.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local STAGES = {accepted = true, paying = true, paid = true, settled = true}

-- Whether a record is one that a newer version of Mobart wrote, and this one must leave alone.
local function is_foreign(stage, version)
  return (stage and not STAGES[stage]) or (version and version ~= '1')
end

-- Whether *epoch* and *entry* still are the job's: the claim of a live owner.
local function owns(job, epoch, entry)
  local held = redis.call('HMGET', job, 'epoch', 'entry', 'stage')
  return held[1] == epoch and held[2] == entry and held[3] ~= 'settled'
end

-- Whether the stream has an entry.
local function has(stream, entry)
  return #redis.call('XRANGE', stream, entry, entry) == 1
end

-- Add a known job to the stream anew.
local function put_back(job, stream)
  local known = redis.call('HMGET', job, 'request', 'entry')
  redis.call('HSET', job, 'entry', redis.call('XADD', stream, '*', 'request', known[1]))
  redis.call('XDEL', stream, known[2])
end

-- Renew the lease, or put a job back into the stream whose entry somebody took out of it.
local function hold(job, stream, group, consumer, entry)
  if #redis.call('XCLAIM', stream, group, consumer, 0, entry, 'JUSTID') == 1 then
    return true
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

-- Count a job as bought today, by its user and by all, and as one its user is busy with.
local function reserve(job, spent, spent_by_user, busy)
  local time = now()
  for _, counter in ipairs({spent, spent_by_user}) do
    redis.call('INCR', counter)
    redis.call('PEXPIREAT', counter, (math.floor(time / DAY) + 1) * DAY)
  end
  redis.call('ZADD', busy, time, job)
  redis.call('PEXPIRE', busy, DAY)
end

-- Take back what `reserve` counted at the time *since*, unless that day is over.
local function give_back(since, spent, spent_by_user)
  if math.floor(since / DAY) ~= math.floor(now() / DAY) then
    return
  end
  for _, counter in ipairs({spent, spent_by_user}) do
    if tonumber(redis.call('GET', counter) or 0) > 0 then
      redis.call('DECR', counter)
    end
  end
end

-- Count a request that moderation blocked, once.  Every *offences*-th of a user within a day suspends
-- the user, twice as long as the time before and for a day at most; *length* is the first time's.
local function count_offence(job, blocked, suspended, offences, length)
  local time = now()
  if offences == 0 or redis.call('ZADD', blocked, 'NX', time, job) == 0 then
    return
  end
  redis.call('ZREMRANGEBYSCORE', blocked, '-inf', time - DAY)
  redis.call('PEXPIRE', blocked, DAY)
  local count = redis.call('ZCARD', blocked)
  if count % offences == 0 then
    local term = math.min(length * 2 ^ (count / offences - 1), DAY)
    redis.call('SET', suspended, 1, 'PX', math.max(term, redis.call('PTTL', suspended)))
  end
end

-- Store the outcome, announce it once, forget the stream entry.
local function close(job, stream, completions, busy, group, completion, channel, keep, length)
  redis.call('XADD', completions, 'MAXLEN', '~', length, '*', 'completion', completion)
  redis.call('HSET', job, 'stage', 'settled', 'completion', completion, 'settled_at', now())
  redis.call('HDEL', job, 'cancelled')
  redis.call('ZREM', busy, job)
  redis.call('EXPIRE', job, keep)
  redis.call('PUBLISH', channel, completion)
  local entry = redis.call('HGET', job, 'entry')
  redis.call('XACK', stream, group, entry)
  redis.call('XDEL', stream, entry)
end

-- Announce a stored outcome again.  A completion is a JSON object, never empty, so a field fits in
-- before its last brace.
local function replay(channel, completion)
  redis.call('PUBLISH', channel, string.sub(completion, 1, -2) .. ',"duplicate":true}')
end
