package validation

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMessages(t *testing.T) {
	log := `UNASSIGNED-BestPractices-pipeline-stage-flags(WARN / SPEC): msgNum: 1218486124 - Validation Warning: [ UNASSIGNED-BestPractices-pipeline-stage-flags ] You are using ...

    Objects: 1
        [0] 0x7ff46c958180, type: 3, name: NULL
SYNC-HAZARD-READ-AFTER-WRITE(ERROR / SPEC): msgNum: -455515022 - Validation Error: [ SYNC-HAZARD-READ-AFTER-WRITE ] vkQueueSubmit: Hazard

    Objects: 1
        [0] 0x7ff46c958180, type: 4, name: NULL
UNASSIGNED-BestPractices-Error-Result(ERROR / SPEC): msgNum: 1 - something failed
`
	got := messages(log)
	assert.Len(t, got, 2)
	assert.Contains(t, got[0], "vkQueueSubmit: Hazard\n\n    Objects: 1")
	assert.Contains(t, got[1], "something failed")
	assert.Empty(t, messages("error: XDG_RUNTIME_DIR is invalid or not set in the environment.\n"))
}
