package weights_test

import (
	"testing"

	"github.com/webmunit/webmunit/runtime/gpu/validation"
)

func TestMain(m *testing.M) { validation.Main(m) }
