package cpu

// A page does without some functions of a leaf.

func addNative(*leaf) {}

var nativeProofs []proof
