import RaggedCore

extension BatchAnswer {
  /// Sums, losses and outputs of a model with one target, number by number, in the byte order of this machine.
  var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(8 * (LossSum.numberCount + 1) + 9 * losses.count + 4 * outputs.count)
    func add<Number>(_ numbers: [Number]) { numbers.withUnsafeBytes { result.append(contentsOf: $0) } }
    add(sum.numbers)
    add([Int64(losses.count)])
    add(losses.map { $0 ?? 0 })
    result += losses.map { $0 == nil ? 0 : 1 }
    add(outputs)
    return result
  }

  /// - Parameter isSum: see ``LossSum/isSum``.
  init?(_ bytes: [UInt8], isSum: Bool) {
    var place = 0
    func take<Number>(_ count: Int, of zero: Number) -> [Number]? {
      let size = MemoryLayout<Number>.stride
      guard count >= 0, count <= (bytes.count - place) / size else { return nil }
      var numbers = [Number](repeating: zero, count: count)
      numbers.withUnsafeMutableBytes { $0.copyBytes(from: bytes[place..<place + count * size]) }
      place += count * size
      return numbers
    }
    guard let numbers = take(LossSum.numberCount, of: 0.0), let count = take(1, of: Int64(0))?.first,
      let losses = take(Int(count), of: 0.0), let known = take(Int(count), of: UInt8(0)),
      let outputs = take((bytes.count - place) / 4, of: Float(0)), place == bytes.count
    else { return nil }
    var sum = LossSum()
    sum.numbers = numbers
    sum.isSum = isSum
    self.init(sum: sum, losses: zip(losses, known).map { $1 == 0 ? nil : $0 }, outputs: outputs)
  }
}
