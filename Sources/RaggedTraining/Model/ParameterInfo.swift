/// One weight tensor of a model and where it lies among the parameters.
public struct ParameterInfo: Sendable, Equatable {
  /// How the tensor is kept.
  enum Layout: Sendable, Equatable {
    /// As its shape says, row-major.
    case plain
    /// Rows of that many gates with column gates · j + g for gate g of unit j, where Keras has gH + j.
    case gates(Int)
  }

  /// `lstm/kernel`, `bidirectional/backward_lstm/bias`, ….
  public let name: String
  /// As in Keras: kernel `[F, 4H]`, recurrent kernel `[H, 4H]`, bias `[4H]`; dense kernel `[in, out]`.
  public let shape: [Int]
  let offset: Int
  let layout: Layout
  let initializer: Initializer

  /// Numbers in the tensor.
  public var count: Int { shape.reduce(1, *) }
  var range: Range<Int> { offset..<offset + count }

  /// Where among the parameters the element at a row-major index is kept.
  func position(of element: Int) -> Int {
    guard case .gates(let gates) = layout, let columns = shape.last else { return offset + element }
    let (row, column) = element.quotientAndRemainder(dividingBy: columns)
    let (gate, unit) = column.quotientAndRemainder(dividingBy: columns / gates)
    return offset + row * columns + unit * gates + gate
  }
}

/// A weight tensor outside a model, row-major, in Keras' layout.
public struct WeightTensor: Sendable, Equatable, Codable {
  /// The tensor's name in the model.
  public var name: String
  /// Its shape.
  public var shape: [Int]
  /// Its numbers.
  public var values: [Float]

  /// A tensor.
  public init(name: String, shape: [Int], values: [Float]) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}
