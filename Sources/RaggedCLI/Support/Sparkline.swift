/// Numbers as a row of blocks, each as high as its number is between the least and the greatest of all.
enum Sparkline {
  private static let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// The drawing; a place without a number is a dot, and numbers that are all the same stand in the middle.
  static func text(_ means: [Double?], least: Double, greatest: Double) -> String {
    means.map { mean in
      guard let mean else { return "·" }
      guard greatest > least else { return "▄" }
      return blocks[min(7, max(0, Int((mean - least) / (greatest - least) * 8)))]
    }.joined()
  }

  /// The drawing of numbers in at most so many places, of which each stands for the mean of some; NaN is none.
  static func text(_ values: [Float], width: Int) -> String {
    let bin = max(1, (values.count + width - 1) / width)
    let means = stride(from: 0, to: values.count, by: bin).map { start -> Double? in
      let known = values[start..<min(start + bin, values.count)].filter { $0.isFinite }
      return known.isEmpty ? nil : known.reduce(0) { $0 + Double($1) } / Double(known.count)
    }
    let known = values.filter { $0.isFinite }
    return text(means, least: Double(known.min() ?? 0), greatest: Double(known.max() ?? 0))
  }
}
