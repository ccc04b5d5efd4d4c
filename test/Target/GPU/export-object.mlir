// RUN: dag-translate --gpu-binary-to-object --split-input-file --verify-diagnostics %s | FileCheck %s

// An object comes out as it is.

// CHECK: {{^}}.version 8.0{{$}}
gpu.binary @one [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = ".version 8.0\0A\00">]

// -----

// expected-error @below {{expected one 'gpu.binary', but got 0}}
module {
}

// -----

// expected-error @below {{expected one 'gpu.binary', but got 2}}
module {
  // expected-note @below {{this is 'one'}}
  gpu.binary @one [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "">]
  // expected-note @below {{this is 'two'}}
  gpu.binary @two [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "">]
}

// -----

module {
  // expected-error @below {{expected one object, but got 2}}
  gpu.binary @both [
    #gpu.object<#nvvm.target<chip = "sm_80">, assembly = "">,
    #gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "">]
}

// -----

module {
  // expected-error @below {{expected an object with bytes, but got an empty one}}
  gpu.binary @empty [#gpu.object<#nvvm.target<chip = "sm_90a">, assembly = "">]
}
