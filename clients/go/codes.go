package mobart

// The error codes of failed requests. The list grows: treat a code that is not among them by
// Retryable and Who.
const (
	CodeInvalidMessage       = "invalid_message"
	CodePayloadTooLarge      = "payload_too_large"
	CodeRequestConflict      = "request_conflict"
	CodeUnknownPreset        = "unknown_preset"
	CodePromptRejected       = "prompt_rejected"
	CodePromptFlagNotAllowed = "prompt_flag_not_allowed"
	CodeModerationBlocked    = "moderation_blocked"
	CodeQuotaExceeded        = "quota_exceeded"
	CodeBudgetExceeded       = "budget_exceeded"
	CodeUserSuspended        = "user_suspended"
	CodeProviderRejected     = "provider_rejected"
	CodeProviderAuth         = "provider_auth"
	CodeProviderCredit       = "provider_credit"
	CodeProviderRateLimited  = "provider_rate_limited"
	CodeProviderUnavailable  = "provider_unavailable"
	CodeProviderTimeout      = "provider_timeout"
	CodeProviderBadResponse  = "provider_bad_response"
	CodeGenerationFailed     = "generation_failed"
	CodeSubmitUnknown        = "submit_unknown"
	CodeDownloadBlocked      = "download_blocked"
	CodeDownloadFailed       = "download_failed"
	CodeImageInvalid         = "image_invalid"
	CodeImageTooLarge        = "image_too_large"
	CodeProcessingFailed     = "processing_failed"
	CodeProcessingTimeout    = "processing_timeout"
	CodeStorageDenied        = "storage_denied"
	CodeStorageUnavailable   = "storage_unavailable"
	CodeCancelled            = "cancelled"
	CodeInternal             = "internal"
)

// Who has to act before a failed request can succeed.
const (
	WhoPlayer   = "player"
	WhoBackend  = "backend"
	WhoOperator = "operator"
	WhoNobody   = "nobody"
)
