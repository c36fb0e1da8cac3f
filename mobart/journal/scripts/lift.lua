-- End a user's suspension, with the offences that led to it: the one that the caller found, so that a copy
-- of this call that arrives late does not end the next one.
--
-- KEYS[1] -> {ns}:suspended:<user_id>
-- KEYS[2] -> {ns}:blocked:<user_id>
-- ARGV[1] -> the suspension, as this script answered it; "" to look
--
-- Returns: 1 if it is ended | the suspension that there is | nil if there is none
free(KEYS[1], 'string')
local known = redis.call('GET', KEYS[1])
if known ~= ARGV[1] then
  return known
end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
