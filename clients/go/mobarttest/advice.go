package mobarttest

import "mobart"

// never is the time until a retry that has no chance.
const never = -1

type advice struct {
	who   string
	after float64 // seconds, or never
}

// advices says what a worker adds to each code.
var advices = map[string]advice{
	mobart.CodeInvalidMessage:       {mobart.WhoBackend, never},
	mobart.CodePayloadTooLarge:      {mobart.WhoBackend, never},
	mobart.CodeRequestConflict:      {mobart.WhoBackend, never},
	mobart.CodeUnknownPreset:        {mobart.WhoBackend, never},
	mobart.CodePromptRejected:       {mobart.WhoPlayer, never},
	mobart.CodePromptFlagNotAllowed: {mobart.WhoPlayer, never},
	mobart.CodeModerationBlocked:    {mobart.WhoPlayer, never},
	mobart.CodeQuotaExceeded:        {mobart.WhoNobody, 60},
	mobart.CodeBudgetExceeded:       {mobart.WhoNobody, 3600},
	mobart.CodeUserSuspended:        {mobart.WhoNobody, 3600},
	mobart.CodeProviderRejected:     {mobart.WhoBackend, never},
	mobart.CodeProviderAuth:         {mobart.WhoOperator, 900},
	mobart.CodeProviderCredit:       {mobart.WhoOperator, 900},
	mobart.CodeProviderRateLimited:  {mobart.WhoNobody, 60},
	mobart.CodeProviderUnavailable:  {mobart.WhoNobody, 60},
	mobart.CodeProviderTimeout:      {mobart.WhoNobody, 60},
	mobart.CodeProviderBadResponse:  {mobart.WhoOperator, never},
	mobart.CodeGenerationFailed:     {mobart.WhoNobody, 0},
	mobart.CodeSubmitUnknown:        {mobart.WhoOperator, never},
	mobart.CodeDownloadBlocked:      {mobart.WhoOperator, never},
	mobart.CodeDownloadFailed:       {mobart.WhoNobody, 60},
	mobart.CodeImageInvalid:         {mobart.WhoOperator, never},
	mobart.CodeImageTooLarge:        {mobart.WhoOperator, never},
	mobart.CodeProcessingFailed:     {mobart.WhoOperator, never},
	mobart.CodeProcessingTimeout:    {mobart.WhoOperator, never},
	mobart.CodeStorageDenied:        {mobart.WhoOperator, 900},
	mobart.CodeStorageUnavailable:   {mobart.WhoNobody, 60},
	mobart.CodeCancelled:            {mobart.WhoNobody, never},
	mobart.CodeInternal:             {mobart.WhoOperator, never},
}

// advise fills in what a failed completion does not say itself.
func advise(completion *mobart.Completion) {
	known, found := advices[completion.ErrorCode]
	if !found || completion.Who != "" {
		return
	}
	completion.Who = known.who
	if known.after != never {
		completion.Retryable, completion.RetryAfter = true, &known.after
	}
}
