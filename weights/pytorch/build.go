package pytorch

import (
	"errors"
	"fmt"
)

// build runs the opcodes that take values from the stack.
func (u *unpickler) build(op byte) error {
	switch op {
	case '(': // MARK
		u.marks = append(u.marks, len(u.stack))
		return nil
	case '0': // POP
		_, err := u.pop(1)
		return err
	case '1': // POP_MARK
		_, err := u.popMark()
		return err
	case '2': // DUP
		v, err := u.top()
		u.push(v)
		return err
	case 'q': // BINPUT
		return u.remember(1)
	case 'r': // LONG_BINPUT
		return u.remember(4)
	case 0x94: // MEMOIZE
		v, err := u.top()
		u.memo[uint32(len(u.memo))] = v
		return err
	case 't', 'l', 'd', 0x91: // TUPLE, LIST, DICT, FROZENSET
		items, err := u.popMark()
		if err != nil {
			return err
		}
		return u.collect(op, items)
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		items, err := u.pop(int(op - 0x84))
		u.push(tuple(items))
		return err
	case 'a', 's': // APPEND, SETITEM
		n := 1
		if op == 's' {
			n = 2
		}
		items, err := u.pop(n)
		if err != nil {
			return err
		}
		return u.extend(items)
	case 'e', 'u', 0x90: // APPENDS, SETITEMS, ADDITEMS
		items, err := u.popMark()
		if err != nil {
			return err
		}
		return u.extend(items)
	case 'Q': // BINPERSID
		return u.persistent()
	case 'b': // BUILD: attributes, such as a state dict's _metadata
		_, err := u.pop(1)
		return err
	case 0x93: // STACK_GLOBAL
		items, err := u.pop(2)
		if err != nil {
			return err
		}
		module, ok1 := items[0].(string)
		name, ok2 := items[1].(string)
		if !ok1 || !ok2 {
			return errors.New("a malformed class name")
		}
		u.push(class{module, name})
		return nil
	case 'R', 0x81: // REDUCE, NEWOBJ
		return u.call(2)
	case 0x92: // NEWOBJ_EX
		return u.call(3)
	}
	return fmt.Errorf("opcode 0x%02x, which torch.save does not write,", op)
}

func (u *unpickler) remember(size uint64) error {
	n, err := u.uint(size)
	if err != nil {
		return err
	}
	v, err := u.top()
	u.memo[uint32(n)] = v
	return err
}

func (u *unpickler) collect(op byte, items []value) error {
	switch op {
	case 't':
		u.push(tuple(items))
	case 'l':
		u.push(&list{items})
	case 0x91:
		u.push(object{class{"builtins", "frozenset"}})
	case 'd':
		d := &dict{}
		u.push(d)
		return u.set(d, items)
	}
	return nil
}

// extend adds items to the list or dict on top of the stack.
func (u *unpickler) extend(items []value) error {
	to, err := u.top()
	if err != nil {
		return err
	}
	switch to := to.(type) {
	case *list:
		to.items = append(to.items, items...)
	case *dict:
		return u.set(to, items)
	}
	return nil // an object of no interest
}

// set enters alternating keys and values.
func (u *unpickler) set(d *dict, items []value) error {
	if len(items)%2 != 0 {
		return errors.New("a key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		if u.entries++; u.entries > maxEntries {
			return fmt.Errorf("more than %d entries in dicts", maxEntries)
		}
		key, ok := items[i].(string)
		if !ok {
			continue
		}
		if d.entries == nil {
			d.entries = make(map[string]value)
		}
		d.entries[key] = items[i+1]
	}
	return nil
}

func (u *unpickler) persistent() error {
	id, err := u.pop(1)
	if err != nil {
		return err
	}
	if c, ok := isModule(id[0]); ok {
		u.push(c)
		return nil
	}
	s, err := newStorage(id[0])
	if err != nil {
		return err
	}
	if u.storages == nil {
		u.storages = make(map[string]*storage)
	}
	if first := u.storages[s.key]; first == nil {
		u.storages[s.key] = s
	} else if first.kind != s.kind {
		return fmt.Errorf("storage %.40q as both %s and %s", s.key, first.kind, s.kind)
	}
	u.push(s)
	return nil
}

// call stands for a call of the class or function below its arguments: it makes the tensors
// and ordered dicts that a checkpoint consists of, and an opaque object of anything else.
func (u *unpickler) call(n int) error {
	items, err := u.pop(n)
	if err != nil {
		return err
	}
	c, ok1 := items[0].(class)
	args, ok2 := items[1].(tuple)
	if !ok1 || !ok2 {
		return errors.New("a malformed call")
	}
	switch c {
	case class{"torch._utils", "_rebuild_tensor"}, class{"torch._utils", "_rebuild_tensor_v2"}:
		t, err := newTensor(args)
		u.push(t)
		return err
	case class{"torch._utils", "_rebuild_parameter"}:
		if len(args) == 0 {
			return errors.New("a parameter without a tensor")
		}
		u.push(args[0])
		return nil
	case class{"copy_reg", "_reconstructor"}, class{"copyreg", "_reconstructor"}: // how Python 2's classes are made
		if len(args) > 0 {
			if made, ok := args[0].(class); ok {
				c = made
			}
		}
	case class{"collections", "OrderedDict"}:
		return u.orderedDict(args)
	}
	u.push(object{c})
	return nil
}

// orderedDict makes the dict empty, to be filled by SETITEMS, or from a list of pairs as Python
// 2 wrote it.
func (u *unpickler) orderedDict(args tuple) error {
	d := &dict{}
	u.push(d)
	if len(args) == 0 {
		return nil
	}
	pairs, ok := args[0].(*list)
	if !ok {
		return errors.New("a malformed OrderedDict")
	}
	for _, p := range pairs.items {
		var pair []value
		switch p := p.(type) {
		case tuple:
			pair = p
		case *list:
			pair = p.items
		}
		if len(pair) != 2 {
			return errors.New("a malformed OrderedDict")
		}
		if err := u.set(d, pair); err != nil {
			return err
		}
	}
	return nil
}
