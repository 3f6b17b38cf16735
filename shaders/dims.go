package shaders

import (
	"fmt"
	"math"
	"reflect"
)

// Grid begins the dims of the kernels that run an invocation for each of Count things: Row invocations in each row of workgroups.
type Grid struct{ Count, Row int }

// Over sets the grid. The dims that embed a Grid have it too.
func (g *Grid) Over(count, row int) { g.Count, g.Row = count, row }

// Words gives dims, a pointer to a struct as Kernel.Dims returns it, as the 32-bit words of the uniform: fields in order, arrays and structs
// inside them element by element. That this is how the WGSL reads them is what dims_test.go checks. Integers must fit in 32 bits, signed or not.
func Words(dims any) ([]uint32, error) { return words(nil, reflect.ValueOf(dims).Elem()) }

func words(to []uint32, v reflect.Value) ([]uint32, error) {
	var err error
	switch v.Kind() {
	case reflect.Struct:
		for i := 0; i < v.NumField() && err == nil; i++ {
			if to, err = words(to, v.Field(i)); err != nil {
				err = fmt.Errorf("%s: %w", v.Type().Field(i).Name, err)
			}
		}
		return to, err
	case reflect.Array:
		for i := 0; i < v.Len() && err == nil; i++ {
			to, err = words(to, v.Index(i))
		}
		return to, err
	case reflect.Bool:
		if v.Bool() {
			return append(to, 1), nil
		}
		return append(to, 0), nil
	case reflect.Float32:
		return append(to, math.Float32bits(float32(v.Float()))), nil
	case reflect.Int:
		if n := v.Int(); n < math.MinInt32 || n > math.MaxUint32 {
			return to, fmt.Errorf("%d does not fit in 32 bits", n)
		}
		return append(to, uint32(v.Int())), nil
	case reflect.Uint8, reflect.Uint32:
		return append(to, uint32(v.Uint())), nil
	}
	return to, fmt.Errorf("dims of type %v", v.Type())
}
