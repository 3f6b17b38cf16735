package strictjson

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Unmarshal reads all of data into what into points to.
func Unmarshal(data []byte, into any) error {
	r := NewReader(data)
	if err := r.Decode(into); err != nil {
		return err
	}
	return r.End()
}

// Decode reads the value that comes next into what into points to: a struct with json tags, a list, a map by names, a string, bool, int or float
// of any size. What it has no field for is read over, null changes nothing. A struct's names must be in lower case, down to what is read over.
func (r *Reader) Decode(into any) error { return r.decode(reflect.ValueOf(into).Elem()) }

func (r *Reader) decode(v reflect.Value) error {
	if r.word("null") {
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return r.decodeStruct(v)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		return r.object(func(name string) error {
			element := reflect.New(v.Type().Elem()).Elem()
			err := r.decode(element)
			v.SetMapIndex(reflect.ValueOf(name), element)
			return err
		})
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return r.list(func() error {
			last := v.Len()
			v.Grow(1)
			v.SetLen(last + 1)
			v.Index(last).SetZero()
			return r.decode(v.Index(last))
		})
	case reflect.String:
		text, err := r.text()
		v.SetString(text)
		return err
	case reflect.Bool:
		yes := r.word("true")
		v.SetBool(yes)
		if !yes && !r.word("false") {
			return r.errorf("neither true nor false")
		}
		return nil
	}
	return r.decodeNumber(v)
}

func (r *Reader) decodeStruct(v reflect.Value) error {
	defer func(before bool) { r.lower = before }(r.lower)
	r.lower = true
	return r.object(func(name string) error {
		for i := range v.NumField() {
			if tagged, _ := tag(v.Type().Field(i)); tagged == name && name != "" {
				if err := r.decode(v.Field(i)); err != nil {
					return inside(name, err)
				}
				return nil
			}
		}
		return r.skip()
	})
}

// inside says where in an object an error is, unless it names its place.
func inside(name string, err error) error {
	if _, ok := errors.AsType[NameError](err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// tag gives the name that a field has in JSON, "" for none, and whether it is left out when it is zero.
func tag(f reflect.StructField) (name string, omitZero bool) {
	name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, rest == "omitempty"
}

func (r *Reader) decodeNumber(v reflect.Value) error {
	text, err := r.number()
	if err != nil {
		return err
	}
	switch {
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return whole(text, err)
	case v.CanUint():
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		v.SetUint(n)
		return whole(text, err)
	}
	n, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil || math.IsInf(n, 0) {
		return fmt.Errorf("%.40s is too large", text)
	}
	v.SetFloat(n)
	return nil
}

// whole says what is wrong with a number that is none of an integer type.
func whole(text string, err error) error {
	if err != nil {
		return fmt.Errorf("%.40s is no whole number of its range", text)
	}
	return nil
}
