import Foundation

/// Numbers along an axis: the range that is shown and the ticks on it.
package struct Scale: Sendable, Equatable {
  /// The ends of the range; the second is above the first.
  package let range: ClosedRange<Double>
  /// Where ticks stand, rising.
  package let ticks: [Double]
  /// Whether equal ratios, not differences, are equally far apart.
  package let isLogarithmic: Bool
  private let step: Double

  /// A scale that shows all of these numbers, those that are not finite left out.
  /// - Parameters:
  ///   - ticks: about how many.
  ///   - includesZero: whether 0 is shown too.
  ///   - isWhole: whether ticks are whole numbers.
  ///   - isTight: whether the range ends at the extremes instead of at ticks.
  ///   - bounds: what the range does not go beyond; numbers outside them are shown nevertheless.
  package init(
    _ values: some Sequence<Double>, ticks: Int = 5, includesZero: Bool = false, isWhole: Bool = false,
    isTight: Bool = false, bounds: ClosedRange<Double>? = nil
  ) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    if low > high { (low, high) = (0, 1) }
    if includesZero { (low, high) = (min(low, 0), max(high, 0)) }
    // Sums and differences stay finite.
    (low, high) = (max(low, -1e300), min(high, 1e300))
    (low, high) = (min(low, 1e300), max(high, -1e300))
    // Where all numbers are the same, or differ by less than their digits tell, something is shown around them.
    if high - low <= max(abs(low), abs(high)) * 1e-9 {
      let room = low == 0 && high == 0 ? 1 : max(max(abs(low), abs(high)) * 0.5, 1e-300)
      let (least, most) = (low, high)
      (low, high) = includesZero && low == 0 ? (0, high + room) : (low - room, high + room)
      // As far as there may be numbers at all.
      if let bounds, bounds.contains(least), bounds.contains(most) {
        (low, high) = (max(low, bounds.lowerBound), min(high, bounds.upperBound))
      }
    }
    step = Scale.niceStep(high - low, count: max(1, ticks), isWhole: isWhole)
    let (first, last) =
      isTight
      ? ((low / step).rounded(.up), (high / step).rounded(.down))
      : ((low / step + 1e-9).rounded(.down), (high / step - 1e-9).rounded(.up))
    let count = max(0, min(200, last - first))
    let step = self.step
    self.ticks = (0...Int(count)).map { (first + Double($0)) * step }
    range = isTight ? low...high : first * step...max(last * step, first * step + step)
    isLogarithmic = false
  }

  /// A scale of equal ratios for numbers above 0, from a tick to a tick; nil where there are none, or they span less than
  /// a factor of 20.
  package init?(logarithmic values: some Sequence<Double>) {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    guard let low = positive.min(), let high = positive.max(), high / low >= 20 else { return nil }
    let (first, last) = (Int(log10(low).rounded(.down)), Int(log10(high).rounded(.up)))
    // 1, 2 and 5 where there are few powers of ten, or else some of the powers.
    let stride = max(1, (last - first + 5) / 6)
    let factors = last - first <= 3 ? [1.0, 2, 5] : [1]
    let places = Swift.stride(from: first, through: last, by: stride).flatMap { power in
      factors.map { $0 * pow(10, Double(power)) }
    }.filter { $0.isNormal }
    let start = places.last { $0 <= low * 1.0001 } ?? low
    let end = places.first { $0 >= high * 0.9999 } ?? high
    ticks = places.filter { (start...end).contains($0) }
    range = start...end
    isLogarithmic = true
    step = 0
  }

  /// 1, 2 or 5 times a power of ten: the smallest with at most about `count` steps in `width`.
  static func niceStep(_ width: Double, count: Int, isWhole: Bool = false) -> Double {
    let rough = max(width / Double(count), .leastNormalMagnitude)
    let power = pow(10, log10(rough).rounded(.down))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
    return isWhole ? max(1, (factor * power).rounded()) : factor * power
  }

  /// Where a number lies, 0 at the start of the range and 1 at its end; nil for what is not finite.
  package func share(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    guard isLogarithmic else {
      return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
    guard value > 0 else { return nil }
    return log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
  }

  package func label(_ tick: Double) -> String {
    guard isLogarithmic else { return NumberText.tick(tick, step: step) }
    let exponent = Int(log10(tick).rounded())
    switch exponent {
    case -3...4: return NumberText.figure(tick)
    default: return "1e\(exponent)".replacing("-", with: "−")
    }
  }
}
