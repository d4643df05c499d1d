extension Float {
  /// The number of a float16 (IEEE 754 binary16), which float32 holds exactly. Swift's own type is not on every Mac.
  package init(half bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let (exponent, fraction) = (UInt32(bits >> 10 & 0x1f), UInt32(bits & 0x3ff))
    switch exponent {
    case 0: self.init(bitPattern: (Float(fraction) * 0x1p-24).bitPattern | sign)
    case 0x1f: self.init(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
