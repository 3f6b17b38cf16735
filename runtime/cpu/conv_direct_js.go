package cpu

// nativeVariants are none: code that the page loads must stay small.
var nativeVariants []variant
