import RaggedFormats

/// Real numbers as files hold them, and as float32.
enum FloatType: Sendable {
  case float16, brainFloat, float32, float64

  /// By the names of safetensors.
  init?(safetensors name: String) {
    switch name {
    case "F16": self = .float16
    case "BF16": self = .brainFloat
    case "F32": self = .float32
    case "F64": self = .float64
    default: return nil
    }
  }

  /// Bytes of a number.
  var size: Int {
    switch self {
    case .float16, .brainFloat: 2
    case .float32: 4
    case .float64: 8
    }
  }

  /// All whole numbers of a buffer, little-endian, rounded to float32.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    func load<Bits: FixedWidthInteger>(_ type: Bits.Type, _ index: Int) -> Bits {
      Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: index * size, as: Bits.self))
    }
    return (0..<bytes.count / size).map { index in
      switch self {
      case .float16: Float(half: load(UInt16.self, index))
      case .brainFloat: Float(bitPattern: UInt32(load(UInt16.self, index)) << 16)
      case .float32: Float(bitPattern: load(UInt32.self, index))
      case .float64: Float(Double(bitPattern: load(UInt64.self, index)))
      }
    }
  }
}
