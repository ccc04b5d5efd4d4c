// y = x w^T by three nested loops, a thread for each element.
gpu.module @kernels {
  llvm.func @reference(%x: !llvm.ptr, %w: !llvm.ptr, %y: !llvm.ptr, %n: i32,
                       %k: i32) attributes {nvvm.kernel} {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %none = arith.constant 0.0 : f32
    %i = nvvm.read.ptx.sreg.ctaid.x : i32
    %j = nvvm.read.ptx.sreg.tid.x : i32
    %row_x = arith.muli %i, %k : i32
    %row_w = arith.muli %j, %k : i32
    %sum = scf.for %l = %zero to %k step %one iter_args(%s = %none) -> (f32) : i32 {
      %at_x = arith.addi %row_x, %l : i32
      %at_w = arith.addi %row_w, %l : i32
      %px = llvm.getelementptr %x[%at_x] : (!llvm.ptr, i32) -> !llvm.ptr, ELEMENT
      %pw = llvm.getelementptr %w[%at_w] : (!llvm.ptr, i32) -> !llvm.ptr, ELEMENT
      %vx = llvm.load %px : !llvm.ptr -> ELEMENT
      %vw = llvm.load %pw : !llvm.ptr -> ELEMENT
      %fx = arith.extf %vx : ELEMENT to f32
      %fw = arith.extf %vw : ELEMENT to f32
      %p = arith.mulf %fx, %fw : f32
      %t = arith.addf %s, %p : f32
      scf.yield %t : f32
    }
    %row_y = arith.muli %i, %n : i32
    %at_y = arith.addi %row_y, %j : i32
    %py = llvm.getelementptr %y[%at_y] : (!llvm.ptr, i32) -> !llvm.ptr, ELEMENT
    %r = arith.truncf %sum : f32 to ELEMENT
    llvm.store %r, %py : ELEMENT, !llvm.ptr
    llvm.return
  }
}
