/// Long series with fewer points that look the same.
package enum Thinning {
  /// The places to keep of a series: the first and the last, and of each of equally long stretches the lowest, the highest
  /// and one without a number, so that no peak and no gap is lost. At most about `limit` places; all where there are fewer.
  package static func places(_ values: [Double], limit: Int) -> [Int] {
    guard values.count > max(4, limit) else { return Array(values.indices) }
    let stretches = max(1, limit / 3)
    var kept: [Int] = []
    for stretch in 0..<stretches {
      let range = values.count * stretch / stretches..<values.count * (stretch + 1) / stretches
      let finite = range.filter { values[$0].isFinite }
      var chosen = Set([range.first { !values[$0].isFinite }].compactMap(\.self))
      if let low = finite.min(by: { values[$0] < values[$1] }) { chosen.insert(low) }
      if let high = finite.max(by: { values[$0] < values[$1] }) { chosen.insert(high) }
      if stretch == 0 { chosen.insert(0) }
      if stretch == stretches - 1 { chosen.insert(values.count - 1) }
      kept += chosen.sorted()
    }
    return kept
  }

  /// At most `limit` whole numbers from 0 to `count` − 1, evenly, both ends among them.
  package static func even(_ count: Int, limit: Int) -> [Int] {
    guard count > limit, limit > 1 else { return Array(0..<max(0, min(count, max(1, limit)))) }
    return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
  }
}
