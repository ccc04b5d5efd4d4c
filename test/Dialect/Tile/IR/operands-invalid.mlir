// RUN: dag-opt %s --split-input-file --verify-diagnostics

// Types of results follow from those of operands, which are read as they are.

// expected-error @+1 {{expected a type '!tile.copies' as 'copies', but got 'i32'}}
%a = tile.fetch %s, %n[%s, %s] : i32, i32

// -----

// expected-error @+1 {{expected a type '!tile.copies' as 'copies', but got 'i32'}}
%a, %c = tile.arrive %s : i32

// -----

// expected-error @+1 {{expected a type '!tile.full' as 'slot', but got 'i32'}}
%a, %c = tile.accumulate %s[0, 1] into %n : i32, i32

// -----

// expected-error @+1 {{expected a type '!tile.filling' as 'slot', but got 'i32'}}
%a = tile.load %s[%s, %s] to %n : i32, i32

// -----

// expected-error @+1 {{expected a type '!tile.full' as 'slot', but got 'i32'}}
%a, %c = tile.multiply %s[0, 1] into %n : i32, i32

// -----

// expected-error @+1 {{expected a type '!tile.product' as 'product', but got 'i32'}}
%a, %c = tile.retire %s : i32

// -----

// expected-error @+1 {{expected a type '!tile.product' as 'product', but got 'i32'}}
%a, %c = tile.finish %s : i32

// -----

// A module without a pointer has to know what one is.

// expected-error @+1 {{expected ','}}
%a = tile.matrix %s, %n, %n : i32, i32
