-- Put in front of every script, behind `outcomes`: what a worker knows of a job.
--
-- It reads all of that with its claim, and writes all of it again where Redis lost it.  It is told, and
-- tells, how many milliseconds ago a thing happened instead of when.

local KNOWN = {'stage', 'epoch', 'payer', 'right', 'provider', 'ticket', 'price', 'correction',
  'made_from', 'reuses', 'kept', 'heard_at', 'claimed_at', 'paying_at', 'paid_at'}

local function is_time(name)
  return string.sub(name, -3) == '_at'
end

-- Names and values in turn of what there is of these fields.  No age is negative, though Redis's clock
-- may have been set back.
local function tell(job)
  local told, time = {}, now()
  for i, value in ipairs(redis.call('HMGET', job, unpack(KNOWN))) do
    if value then
      local age = is_time(KNOWN[i]) and string.format('%.0f', math.max(0, time - value))
      told[#told + 1], told[#told + 2] = KNOWN[i], age or value
    end
  end
  return told
end

-- Read from the arguments of a script, from the *first* on, what a worker tells.
local function hear(first)
  local told, time = {}, now()
  for i = first, #ARGV, 2 do
    local name, value = ARGV[i], ARGV[i + 1]
    told[name] = is_time(name) and string.format('%.0f', time - value) or value
  end
  return told
end

-- Seconds for which it is known whose a ticket is: longer than providers keep pictures.
local TICKET = 604800

-- The key that says which job a provider's task is of.
local function mark_of(stream, provider, ticket)
  return beside(stream, 'ticket:' .. provider .. ':' .. ticket)
end

-- Write what was heard, and whose its ticket is, if nobody knows that any more.
local function remember(job, told, stream)
  for name, value in pairs(told) do
    redis.call('HSET', job, name, value)
  end
  if told.ticket and told.provider and not told.reuses then
    redis.call('SET', mark_of(stream, told.provider, told.ticket), job, 'NX', 'EX', TICKET)
  end
end

-- The right to pay that a job has, or had last: whose, and the how-manieth of the job it is.
local function right_of(job)
  local known = redis.call('HMGET', job, 'payer', 'right')
  return known[1] or '0', known[2] or '0'
end

-- Note that nothing was bought with that right, or that nobody will know.  The rights of an owner are
-- taken one after the other, so its last one tells of all.
local function disprove(job)
  local payer, right = right_of(job)
  redis.call('HSET', job, 'disproved:' .. payer, right)
end

-- Whether that was noted of a right.
local function is_disproved(job, payer, right)
  local last = redis.call('HGET', job, 'disproved:' .. payer)
  return last and tonumber(last) >= tonumber(right)
end
