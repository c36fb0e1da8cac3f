-- Put in front of every script, behind `turns`: how outcomes are kept and told.

-- Add an outcome to the completions stream, which forgets what is older than *age* milliseconds and
-- never holds much more than *length*.  Returns its entry id.
local function append(completions, completion, age, length)
  free(completions, 'stream')
  local oldest = string.format('%.0f', now() - age)
  local entry = redis.call('XADD', completions, 'MINID', '~', oldest, '*', 'completion', completion)
  redis.call('XTRIM', completions, 'MAXLEN', '~', length)
  return entry
end

-- Stop before anything is written if what `append` and the channel need may not be done.
local function demand_telling(completions, channel)
  demand({'XADD', completions, '*', 'completion', ''}, {'XTRIM', completions, 'MAXLEN', '1'},
    {'PUBLISH', channel, ''}, {'DEL', completions})
end

-- Forget the stream entry of a job, whose user *busy* is named after.
local function drop_entry(job, stream, group, busy)
  local entry = redis.call('HGET', job, 'entry')
  redis.call('XACK', stream, group, entry)
  redis.call('XDEL', stream, entry)
  free_place(stream, string.match(busy, ':busy:(.*)$'), entry)
end

-- Free the room of a paid picture that S3 had not taken: its asset is stored, or nobody wants it any more.
-- It comes after `close`: a full Redis refuses a script's writes only until the first that it lets pass.
local function drop_picture(job, stream, busy)
  local user, request = string.match(busy, ':busy:(.*)$'), string.match(job, ':job:(.*)$')
  redis.call('DEL', beside(stream, 'picture:raw/' .. user .. '/' .. request))
end

-- Store the outcome, announce it once, forget the stream entry.  Returns the completion's entry id.
local function close(job, stream, completions, busy, group, completion, channel, keep, age, length)
  demand_telling(completions, channel)
  demand({'HGET', job, 'in_doubt'}, {'HDEL', job, 'cancelled'}, {'ZREM', busy, job},
    {'EXPIRE', job, 1}, {'XACK', stream, group, '0-1'}, {'XDEL', stream, '0-1'}, {'HSET', job, 'stage', ''})
  local entry = append(completions, completion, age, length)
  redis.call('HSET', job, 'stage', 'settled', 'completion', completion, 'settled_at', now(),
    'told', entry)
  if not redis.call('HGET', job, 'in_doubt') then  -- else a ticket may open it again
    redis.call('HDEL', job, 'cancelled')
  end
  free(busy, 'zset')
  redis.call('ZREM', busy, job)
  redis.call('EXPIRE', job, keep)
  redis.call('PUBLISH', channel, completion)
  drop_entry(job, stream, group, busy)
  return entry
end

-- Mark a stored outcome as one that was announced before.  A completion is a JSON object, never
-- empty, so a field fits in before its last brace.
local function as_duplicate(completion)
  return string.sub(completion, 1, -2) .. ',"duplicate":true}'
end

-- Announce a stored outcome again, on the channel.
local function replay(channel, completion)
  redis.call('PUBLISH', channel, as_duplicate(completion))
end
