import Foundation
import Ragged

enum Format {
  /// A number with this number of decimal places.
  static func fixed(_ value: Double, _ places: Int) -> String {
    number(value) { String(format: "%.\(places)f", $0) }
  }

  /// Four significant digits, for figures of any size.
  static func figure(_ value: Double) -> String { number(value) { String(format: "%.4g", $0) } }

  /// A number, and where there is none the same word on every system: the sign of a NaN means nothing, and C shows it.
  private static func number(_ value: Double, _ text: (Double) -> String) -> String {
    value.isNaN ? "nan" : value.isInfinite ? (value < 0 ? "-inf" : "inf") : text(value)
  }

  /// Two digits of a difference: `1.2e-07`.
  static func difference(_ value: Double) -> String { number(value) { String(format: "%.1e", $0) } }

  /// A share as a percentage with one place.
  static func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

  /// A duration: `13 ms`, `0.4 s`, `2 min 5 s`, `3 h 20 min`.
  static func duration(_ seconds: Double) -> String { seconds.asDuration ?? "a long time" }

  /// A number of bytes: `6.2 kB`, `4.4 MB`.
  static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1_000_000: fixed(Double(count) / 1e3, 1) + " kB"
    case ..<1_000_000_000: fixed(Double(count) / 1e6, 1) + " MB"
    default: fixed(Double(count) / 1e9, 1) + " GB"
    }
  }
}
