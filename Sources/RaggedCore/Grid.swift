/// A row-major grid of a padded batch, `[B, T]` or `[B, T, F]`, whose elements are read by indices that are checked.
///
/// As a collection it is its ``elements``, one after the other.
public struct Grid<Element: Sendable & Equatable>: Sendable, Equatable {
  /// The elements: `B · T`, or `B · T · F`.
  public private(set) var elements: [Element]
  /// `[B, T]` or `[B, T, F]`.
  public let shape: [Int]

  /// A grid of these elements. Traps where they are not as many as the shape asks for.
  init(_ elements: [Element], shape: [Int]) {
    precondition(shape.reduce(1, *) == elements.count, "\(elements.count) elements in a grid of shape \(shape)")
    (self.elements, self.shape) = (elements, shape)
  }

  /// The element of a row and a timestep, in a grid of shape `[B, T]`. Traps outside of it.
  public subscript(b: Int, t: Int) -> Element {
    get {
      check(b, t, axes: 2)
      return elements[b * shape[1] + t]
    }
    set {
      check(b, t, axes: 2)
      elements[b * shape[1] + t] = newValue
    }
  }

  /// The element of a row, a timestep and a feature, in a grid of shape `[B, T, F]`. Traps outside of it.
  public subscript(b: Int, t: Int, f: Int) -> Element {
    check(b, t, axes: 3)
    precondition(0..<shape[2] ~= f, "feature \(f) in a grid of shape \(shape)")
    return elements[(b * shape[1] + t) * shape[2] + f]
  }

  private func check(_ b: Int, _ t: Int, axes: Int) {
    precondition(shape.count == axes, "\(axes) indices in a grid of shape \(shape)")
    precondition(0..<shape[0] ~= b && 0..<shape[1] ~= t, "row \(b), timestep \(t) in a grid of shape \(shape)")
  }
}

extension Grid: RandomAccessCollection, MutableCollection {
  /// 0.
  public var startIndex: Int { 0 }
  /// The number of elements.
  public var endIndex: Int { elements.count }
  /// An element by its place in ``elements``.
  public subscript(place: Int) -> Element {
    get { elements[place] }
    set { elements[place] = newValue }
  }
}
