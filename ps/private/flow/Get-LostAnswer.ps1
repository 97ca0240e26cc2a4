function script:Get-LostAnswer {
    # The answer for a request that ended without a result: outcome, error category, message and next step.
    param([hashtable]$Reply)

    if ($Reply['Kind'] -ceq 'unsent') {
        # The error that kept the worker from starting.
        $failure = $Reply['Payload']
        return @{ Outcome = 'Failed'; Category = [string]$failure.CategoryInfo.Category; Message = ($script:Messages['RequestRefused'] -f $failure.Exception.Message); NextStep = $failure.ErrorDetails.RecommendedAction }
    }
    if ($Reply['Kind'] -cne 'gone') {
        # An error, which the worker lived through.
        if ($Reply['Category'] -ceq 'InvalidArgument') {
            return @{ Outcome = 'Refused'; Category = 'InvalidArgument'; Message = ($script:Messages['RequestRefused'] -f $Reply['Payload']); NextStep = $script:Messages['RequestRefusedNext'] }
        }
        return @{ Outcome = 'Failed'; Category = 'NotSpecified'; Message = [string]$Reply['Payload']; NextStep = $script:Messages['RequestFailedNext'] }
    }
    if (-not $script:ChangingVerbs.ContainsKey($Reply['Verb'])) {
        $answer = @{ Outcome = 'Failed'; Category = 'NotSpecified'; Message = ($script:Messages['WorkerGoneRead'] -f $Reply['Payload']); NextStep = $script:Messages['WorkerGoneReadNext'] }
    }
    elseif (-not $Reply['Sent']) {
        return @{ Outcome = 'Failed'; Category = 'NotSpecified'; Message = ($script:Messages['WorkerGoneUnsent'] -f $Reply['Payload']); NextStep = $script:Messages['WorkerGoneReadNext'] }
    }
    else {
        $answer = @{ Outcome = 'Failed'; Category = 'NotSpecified'; Message = ($script:Messages['WorkerGone'] -f $Reply['Payload']); NextStep = $script:Messages['WorkerGoneNext'] }
        if ($Reply['Verb'] -ceq 'clear') { $answer['NextStep'] = $script:Messages['WorkerGoneClear'] }
    }
    if ($Reply['Overdue']) {
        $answer['Outcome'] = 'TimedOut'
        $answer['Category'] = 'OperationTimeout'
    }
    return $answer
}
