/// What one direction of a recurrent layer carries on, for every row of a batch; or what a model's door does, where it looks
/// back: see ``Trainer/initialStates(rows:)``.
public struct RecurrentState: Sendable, Equatable {
  /// `[B, H]` each, row-major. The first is the output; an LSTM has h and c.
  public var parts: [[Float]]

  /// A state from its parts.
  public init(parts: [[Float]]) { self.parts = parts }
}

/// A state of a program: of one direction of a recurrent layer, or of the door.
struct StateShape: Sendable {
  /// Its key in ``BlockContext/initialStates``.
  var key: Int
  /// H, or the numbers of a part for each row.
  var units: Int
  /// The number of parts, `[B, H]` each.
  var partCount: Int

  func zeros(rows: Int) -> RecurrentState {
    RecurrentState(parts: Array(repeating: Array(repeating: 0, count: rows * units), count: partCount))
  }
}

/// Pointers to a state: before each sequence on the way in, after it on the way out.
struct StateView {
  /// `[B, H]` each.
  var parts: [UnsafeMutablePointer<Float>]
  /// `[B, H]` each, where the gradients of the states before the sequences go; empty where none are wanted.
  var gradients: [UnsafeMutablePointer<Float>]
}

extension [RecurrentState] {
  /// Calls `body` with pointers to copies of the states, by key.
  /// - Returns: the states as `body` left them, and their gradients where these are wanted.
  func withViews(
    _ shapes: [StateShape], wantsGradients: Bool, _ body: ([Int: StateView]) -> Void
  ) -> (after: [RecurrentState], gradients: [RecurrentState]) {
    guard !isEmpty else {
      body([:])
      return ([], [])
    }
    var buffers: [UnsafeMutableBufferPointer<Float>] = []
    defer { for buffer in buffers { buffer.deallocate() } }
    func copies(_ state: RecurrentState) -> [UnsafeMutableBufferPointer<Float>] {
      let copies = state.parts.map { part in
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: part.count)
        _ = buffer.initialize(fromContentsOf: part)
        return buffer
      }
      buffers += copies
      return copies
    }
    let after = map(copies)
    let gradients = wantsGradients ? map { copies(RecurrentState(parts: $0.parts.map { $0.map { _ in 0 } })) } : []
    var views: [Int: StateView] = [:]
    for (number, shape) in shapes.enumerated() where number < count {
      views[shape.key] = StateView(
        parts: after[number].compactMap(\.baseAddress),
        gradients: wantsGradients ? gradients[number].compactMap(\.baseAddress) : [])
    }
    body(views)
    func read(_ states: [[UnsafeMutableBufferPointer<Float>]]) -> [RecurrentState] {
      states.map { RecurrentState(parts: $0.map { [Float]($0) }) }
    }
    return (read(after), read(gradients))
  }
}
