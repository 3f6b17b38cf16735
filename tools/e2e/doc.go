// Package e2e holds the test of the whole page: the site as the builder makes it, served as a static host would, in a real browser,
// used as visitors use it. It has no code of its own.
package e2e
