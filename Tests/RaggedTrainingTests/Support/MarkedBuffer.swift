/// Floats with marks before, in and behind them: what is written shows, and so does what is written beside them.
final class MarkedBuffer {
  private static let mark = Float(bitPattern: 0x7fa0_1234)
  private static let margin = 32
  private let memory: UnsafeMutablePointer<Float>
  let count: Int

  init(_ count: Int) {
    self.count = count
    memory = .allocate(capacity: count + 2 * Self.margin)
    for i in 0..<count + 2 * Self.margin { memory[i] = Self.mark }
  }

  convenience init(_ values: [Float]) {
    self.init(values.count)
    for (i, value) in values.enumerated() { numbers[i] = value }
  }

  deinit { memory.deallocate() }

  /// The first of the floats.
  var numbers: UnsafeMutablePointer<Float> { memory + Self.margin }
  var values: [Float] { (0..<count).map { numbers[$0] } }

  /// Whether nothing was written beside the floats.
  var isIntact: Bool {
    let mark = Self.mark.bitPattern
    return (0..<Self.margin).allSatisfy {
      memory[$0].bitPattern == mark && numbers[count + $0].bitPattern == mark
    }
  }

  /// How many of the floats were never written.
  var untouched: Int { values.filter { $0.bitPattern == Self.mark.bitPattern }.count }
}
