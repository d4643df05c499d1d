import Foundation
import RaggedCore

/// Numbers as people read them.
package enum NumberText {
  /// What stands where there is no number.
  package static let none = "–"

  /// Four significant digits: `0.06283`, `1.2e-05`; `NaN` and `∞` as they are.
  package static func figure(_ value: Double?) -> String {
    guard let value else { return none }
    if let special = special(value) { return special }
    if value == 0 { return "0" }
    if abs(value) >= 1e3, abs(value) < 1e15, value == value.rounded() { return whole(Int(value)) }
    if abs(value) >= 1e3, abs(value) < 1e7 { return signed(grouped(value)) }
    return signed(String(format: "%.4g", value))
  }

  /// A number with this number of decimal places.
  package static func fixed(_ value: Double?, _ places: Int) -> String {
    guard let value else { return none }
    if let special = special(value) { return special }
    guard abs(value) < 1e7 else { return figure(value) }
    let text = String(format: "%.\(places)f", value)
    // A figure just below zero is no "−0.00".
    return text.contains { "123456789".contains($0) } ? signed(text) : text.replacing("-", with: "")
  }

  /// A loss or a share: four decimal places, and of large numbers four significant digits.
  package static func metric(_ value: Double?) -> String {
    guard let value, abs(value) >= 1e3 else { return fixed(value, 4) }
    return figure(value)
  }

  /// A whole number with commas between thousands.
  package static func whole(_ value: Int?) -> String { value.map { signed($0.grouped) } ?? none }

  /// A share as a percentage with one place.
  package static func percent(_ share: Double?) -> String {
    guard let share else { return none }
    return special(share) ?? fixed(share * 100, 1) + " %"
  }

  /// A duration: `13 ms`, `0.4 s`, `2 min 5 s`, `3 h 7 min`.
  package static func duration(_ seconds: Double?) -> String {
    guard let seconds else { return none }
    return seconds.asDuration ?? figure(seconds) + " s"
  }

  /// `1 sequence`, `2 sequences`.
  package static func count(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
    number.counted(singular, plural)
  }

  /// A number at an axis whose ticks are `step` apart: as many places as tell ticks apart, `12k` and `3M` for large ones,
  /// powers of ten for tiny ones.
  package static func tick(_ value: Double, step: Double) -> String {
    if let special = special(value) { return special }
    guard step > 0, step.isFinite else { return figure(value) }
    let size = max(abs(value), step)
    if value == 0 { return "0" }
    if size >= 1e15 || step < 1e-5 { return signed(compactExponent(String(format: "%.3g", value))) }
    for (unit, name) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where size >= unit && size >= 10_000 {
      return fixed(value / unit, places(step / unit)) + name
    }
    return fixed(value, places(step))
  }

  private static func places(_ step: Double) -> Int { min(8, max(0, Int((-log10(step) - 1e-9).rounded(.up)))) }

  private static func compactExponent(_ text: String) -> String {
    text.replacing("e-0", with: "e-").replacing("e+0", with: "e").replacing("e+", with: "e")
  }

  private static func grouped(_ value: Double) -> String { Int(value.rounded()).grouped }

  private static func signed(_ text: String) -> String { text.replacing("-", with: "−") }

  private static func special(_ value: Double) -> String? {
    value.isNaN ? "NaN" : value == .infinity ? "∞" : value == -.infinity ? "−∞" : nil
  }
}
