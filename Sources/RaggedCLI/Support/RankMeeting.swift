import ArgumentParser
import Ragged

/// What the ranks of a command do together: they begin alike or not at all.
final class RankMeeting {
  let exchange: any GradientExchange
  private var hasMet = false

  /// Joins the ranks: one where there are no others.
  /// - Throws: `ValidationError` where there are, and this command was built without MPI.
  init() throws { exchange = try Ranks.join() }

  /// Runs a command's work: what ends this rank before ranks have met ends all of them.
  func attend<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error where !hasMet && !(error is ValidationError) {
      hasMet = true
      return try exchange.together { throw error }
    }
  }

  /// Does something on every rank, and goes on where it went well on all of them and they agree.
  /// - Parameter facts: what has to be the same on all ranks.
  func together<Value>(facts: (Value) throws -> [RankFact] = { _ in [] }, _ body: () throws -> Value) throws -> Value {
    hasMet = true
    // Options that make no sense make none on any rank; each ends by itself, and the first says so.
    var misuse: ValidationError?
    do {
      return try exchange.together(facts: facts) {
        do { return try body() } catch let error as ValidationError {
          misuse = error
          throw error
        }
      }
    } catch {
      throw misuse ?? error
    }
  }

  /// Says that all is done that ranks do together.
  func end() { Ranks.finish(exchange) }
}

extension Ranks {
  /// Refuses standard input where there are several ranks, of which each reads the data itself.
  static func refuseStandardInput(_ inputs: [String]) throws {
    guard let place, inputs.contains("-") else { return }
    throw ValidationError(
      "- is the standard input of one rank, and each of \(place.worldSize) reads the data itself: name a file")
  }
}
