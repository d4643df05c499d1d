/// A number of something that has a name: a weight, or a share.
public struct NamedNumber: Sendable, Equatable, Codable {
  /// The name.
  public var name: String
  /// The number.
  public var number: Double

  /// A number with its name.
  public init(_ name: String, _ number: Double) { (self.name, self.number) = (name, number) }

  /// `a=1`, `a=0.25`.
  package var text: String {
    "\(name)=\(number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)")"
  }
}

extension [NamedNumber] {
  /// `a=1,b=2`; nil where a part is no name with a number. A name may hold commas and equals signs: what stands between two
  /// numbers is one name.
  package init?(text: String) {
    var (found, name) = ([NamedNumber](), "")
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      if name.isEmpty, part.isEmpty { return nil }
      name += (name.isEmpty ? "" : ",") + String(part)
      guard let sign = name.lastIndex(of: "="), sign > name.startIndex,
        let number = Double(name[name.index(after: sign)...]), number.isFinite
      else { continue }
      found.append(NamedNumber(String(name[..<sign]), number))
      name = ""
    }
    guard name.isEmpty, !found.isEmpty else { return nil }
    self = found
  }

  /// `a=1,b=2`.
  package var text: String { map(\.text).joined(separator: ",") }
}
