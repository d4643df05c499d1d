import RaggedCore

/// States by keys, at most a number of them: where there is no room, that which was longest not asked for is dropped. O(1) a step.
struct KeptStates<State> {
  private struct Node {
    var key: ExactName
    var state: State
    /// The neighbours in the order of use; -1 for none.
    var older: Int
    var newer: Int
  }

  let limit: Int
  private var places: [ExactName: Int] = [:]
  private var nodes: [Node] = []
  private var oldest = -1
  private var newest = -1

  /// - Parameter limit: at least 1.
  init(limit: Int) { self.limit = max(1, limit) }

  /// The number of states.
  var count: Int { nodes.count }

  /// The state of a key, which is the last that was asked for then; nil where there is none.
  mutating func state(of key: String) -> State? {
    guard let place = places[ExactName(key)] else { return nil }
    unlink(place)
    link(place)
    return nodes[place].state
  }

  /// Keeps the state of a key.
  /// - Returns: the key whose state was dropped for it.
  mutating func keep(_ state: State, of key: String) -> String? {
    let name = ExactName(key)
    if let place = places[name] {
      nodes[place].state = state
      return nil
    }
    guard nodes.count == limit else {
      nodes.append(Node(key: name, state: state, older: -1, newer: -1))
      places[name] = nodes.count - 1
      link(nodes.count - 1)
      return nil
    }
    let place = oldest
    let dropped = nodes[place].key
    places[dropped] = nil
    unlink(place)
    (nodes[place].key, nodes[place].state) = (name, state)
    places[name] = place
    link(place)
    return dropped.text
  }

  private mutating func unlink(_ place: Int) {
    let (older, newer) = (nodes[place].older, nodes[place].newer)
    if older >= 0 { nodes[older].newer = newer } else { oldest = newer }
    if newer >= 0 { nodes[newer].older = older } else { newest = older }
  }

  private mutating func link(_ place: Int) {
    (nodes[place].older, nodes[place].newer) = (newest, -1)
    if newest >= 0 { nodes[newest].newer = place } else { oldest = place }
    newest = place
  }
}
