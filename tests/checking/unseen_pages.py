"""More derivations in the conventions of other books: the setting, what is right in it, what is wrong."""

from __future__ import annotations

MORE: dict[str, tuple[str, list[str], list[str]]] = {
    "an error called e beside Euler's number": (
        r"""
given = '''
  a = \sum_i w_i x_i
  y = \frac{1}{1 + e^{-a}}
  G = -\sum_{n=1}^N \left[ t \ln y + (1 - t) \ln(1 - y) \right]
  E_W = \frac12 \sum_i w_i^2
  M = G + \alpha E_W
  e = t - y
  g_j = \frac{\partial G}{\partial w_j}
'''
[shapes]
'x_i' = 'scalar per example'
't' = 'scalar per example'
[index]
'n' = 'example 1..N'
""",
        [
            r"g_j = -\sum_{n=1}^N (t^{(n)} - y^{(n)}) x_j^{(n)} = -\sum_{n} e^{(n)} x^{(n)}_j",
            r"\frac{\partial E_W}{\partial w_j} = w_j",
            r"\frac{\partial M}{\partial w_j} = g_j + \alpha w_j",
            r"\frac{\partial y}{\partial a} = y (1 - y)",
            r"\frac{\partial G}{\partial y^{(n)}} = -\frac{t^{(n)}}{y^{(n)}} + \frac{1 - t^{(n)}}{1 - y^{(n)}}",
        ],
        [
            r"g_j = \sum_{n=1}^N (t^{(n)} - y^{(n)}) x_j^{(n)}",
            r"\frac{\partial M}{\partial w_j} = g_j + 2 \alpha w_j",
            r"\frac{\partial y}{\partial a} = a (1 - a)",
        ],
    ),
    "a function as a value": (
        r"""
given = '''
  a_n = \sum_j w_j \phi_{nj}
  y_n = \sigma(a_n)
  E = -\sum_{n=1}^N \{ t_n \ln y_n + (1 - t_n) \ln(1 - y_n) \}
'''
[functions]
'\sigma' = 'sigmoid'
[index]
'n' = 'example 1..N'
""",
        [
            r"\frac{d\sigma}{da} = \sigma (1 - \sigma)",
            (
                r"\frac{\partial E}{\partial y_n} = \frac{1 - t_n}{1 - y_n} - \frac{t_n}{y_n} = \frac{y_n -"
                r" t_n}{y_n (1 - y_n)}"
            ),
            r"\frac{\partial y_n}{\partial a_n} = y_n (1 - y_n)",
            (
                r"\frac{\partial E}{\partial w_j} = \sum_{n=1}^N \frac{\partial E}{\partial y_n} \frac{\partial"
                r" y_n}{\partial a_n} \phi_{nj} = \sum_{n=1}^N (y_n - t_n) \phi_{nj}"
            ),
            r"\frac{\partial E}{\partial a_n} = y_n - t_n",
        ],
        [
            r"\frac{\partial E}{\partial w_j} = \sum_{n=1}^N (t_n - y_n) \phi_{nj}",
            r"\frac{\partial E}{\partial w_j} = (y_n - t_n) \phi_{nj}",
            r"\frac{\partial E}{\partial w_j} = \frac1N \sum_{n=1}^N (y_n - t_n) \phi_{nj}",
        ],
    ),
    "an entry of the identity": (
        r"""
given = '''
  a_{nk} = \sum_j w_{kj} \phi_{nj}
  y_{nk} = \frac{\exp(a_{nk})}{\sum_j \exp(a_{nj})}
  E = -\sum_{n=1}^N \sum_{k=1}^K t_{nk} \ln y_{nk}
  \sum_k t_{nk} = 1
'''
[index]
'n' = 'example 1..N'
""",
        [
            r"\frac{\partial y_{nk}}{\partial a_{nj}} = y_{nk} (I_{kj} - y_{nj})",
            (
                r"\frac{\partial E}{\partial a_{nj}} = -\sum_{k=1}^K \frac{t_{nk}}{y_{nk}} y_{nk} (I_{kj} -"
                r" y_{nj}) = y_{nj} - t_{nj}"
            ),
            r"\frac{\partial E}{\partial w_{ji}} = \sum_{n=1}^N (y_{nj} - t_{nj}) \phi_{ni}",
        ],
        [
            r"\frac{\partial E}{\partial w_{ji}} = \sum_{n=1}^N (y_{ni} - t_{ni}) \phi_{nj}",
            r"\frac{\partial y_{nk}}{\partial a_{nj}} = y_{nk} (1 - y_{nj})",
        ],
    ),
    "a design matrix and a penalty as a product": (
        r"""
given = '''
  \mathbf a = \boldsymbol\Phi \mathbf w
  \mathbf y = \sigma(\mathbf a)
  E(\mathbf w) = \frac12 \|\mathbf y - \mathbf t\|^2 + \frac\alpha2 \mathbf w^T \mathbf w
'''
[functions]
'\sigma' = 'any'
[shapes]
'\boldsymbol\Phi' = 'N x M'
[conventions]
vectors = 'columns'
""",
        [
            (
                r"\frac{\partial E}{\partial \mathbf a} = (\mathbf y - \mathbf t) \odot \sigma'(\boldsymbol\Phi"
                r" \mathbf w)"
            ),
            (
                r"\nabla_{\mathbf w} E = \boldsymbol\Phi^T \operatorname{diag}(\sigma'(\mathbf a)) (\mathbf y -"
                r" \mathbf t) + \alpha \mathbf w"
            ),
        ],
        [
            r"\nabla_{\mathbf w} E = \boldsymbol\Phi^T (\mathbf y - \mathbf t) + \alpha \mathbf w",
        ],
    ),
    "tied weights": (
        r"""
given = '''
  u = W x + b
  h = s(u)
  v = W^\top h + c
  r = s(v)
  \ell = \|r - x\|^2
  \delta_v = \frac{\partial \ell}{\partial v}
  \delta_u = \frac{\partial \ell}{\partial u}
'''
[functions]
's' = 'any'
[shapes]
'W' = 'p x d'
'x' = 'd'
[conventions]
vectors = 'columns'
""",
        [
            r"\delta_v = 2 (r - x) \odot s'(v)",
            r"\delta_u = (W \delta_v) \odot s'(u)",
            r"\frac{\partial \ell}{\partial W} = \delta_u x^\top + h \delta_v^\top",
            r"\frac{\partial \ell}{\partial b} = \delta_u",
            r"\frac{\partial \ell}{\partial c} = \delta_v",
            r"\frac{\partial \ell}{\partial x} = W^\top \delta_u - 2 (r - x)",
        ],
        [
            r"\delta_u = (W^\top \delta_v) \odot s'(u)",
            r"\frac{\partial \ell}{\partial W} = \delta_u x^\top",
            r"\frac{\partial \ell}{\partial W} = \delta_u x^\top + \delta_v h^\top",
            r"\frac{\partial \ell}{\partial x} = W^\top \delta_u",
        ],
    ),
    "rows, a maximum, a penalty": (
        r"""
given = '''
  U = X W_1 + b_1
  H = \max(0, U)
  S = H W_2 + b_2
  P = \operatorname{softmax}(S)
  L = -\frac1N \sum_{i=1}^N \sum_c Y_{ic} \log P_{ic} + \frac\lambda2 \left( \|W_1\|_F^2 + \|W_2\|_F^2 \right)
  \sum_c Y_{ic} = 1
  dS = \frac{\partial L}{\partial S}
  dH = \frac{\partial L}{\partial H}
  dU = \frac{\partial L}{\partial U}
'''
[shapes]
'X' = 'N x D'
'Y' = 'N x C'
'b_1' = '1 x M'
'b_2' = '1 x C'
[index]
'i' = 'example 1..N'
[conventions]
vectors = 'rows'
examples = 'rows'
""",
        [
            r"dS = \frac1N (P - Y)",
            r"dS_{ic} = \frac{P_{ic} - Y_{ic}}{N}",
            r"\frac{\partial L}{\partial W_2} = H^T dS + \lambda W_2",
            r"\frac{\partial L}{\partial b_2} = \sum_{i=1}^N dS_{i,:}",
            r"dH = dS\, W_2^T",
            r"dU = dH \odot \mathbb I[U > 0]",
            r"dU = dH \odot \mathbb 1[H > 0]",
            r"\frac{\partial L}{\partial W_1} = X^T dU + \lambda W_1",
            r"\frac{\partial L}{\partial b_1} = \mathbf 1^T dU",
        ],
        [
            r"dS = P - Y",
            r"\frac{\partial L}{\partial W_2} = dS^T H + \lambda W_2",
            r"\frac{\partial L}{\partial W_2} = H^T dS",
            r"\frac{\partial L}{\partial b_2} = \frac1N \sum_{i=1}^N dS_{i,:}",
            r"dU = dH \odot U",
            r"\frac{\partial L}{\partial W_1} = X^T dU + 2 \lambda W_1",
        ],
    ),
    "a matrix by its entries": (
        r"""
given = '''
  w_i = \sum_k A_{ik} v_k + b_i
  \ell = \frac12 \sum_i (w_i - t_i)^2
'''
[index]
""",
        [
            r"\frac{\partial w_i}{\partial b_j} = \delta_{ij}",
            r"\frac{\partial w_i}{\partial A_{jk}} = \delta_{ij} v_k",
            (
                r"\frac{\partial \ell}{\partial A_{jk}} = \sum_i (w_i - t_i) \frac{\partial w_i}{\partial"
                r" A_{jk}} = (w_j - t_j) v_k"
            ),
            r"\frac{\partial \ell}{\partial v_k} = \sum_i (w_i - t_i) A_{ik}",
        ],
        [
            r"\frac{\partial w_i}{\partial A_{jk}} = \delta_{ik} v_j",
            r"\frac{\partial \ell}{\partial v_k} = \sum_i (w_i - t_i) A_{ki}",
            r"\frac{\partial \ell}{\partial A_{jk}} = (w_j - t_j) v_j",
        ],
    ),
    "layers in brackets, spaces behind definitions, a product with dots": (
        r"""
layers = 'l = 1..L'
given = '''
  z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]} \in \mathbb{R}^{n_l}
  a^{[l]} = \sigma(z^{[l]})
  a^{[1]} = x
  C = \frac12 \|y - a^{[L]}\|_2^2
  \delta_j^{[l]} = \frac{\partial C}{\partial z_j^{[l]}}
  D^{[l]} = \operatorname{diag}(\sigma'(z^{[l]}))
  W^{[l]} = w^{[l]}
'''
[functions]
'\sigma' = 'sigmoid'
[conventions]
vectors = 'columns'
""",
        [
            r"\frac{\partial a_j^{[L]}}{\partial z_j^{[L]}} = \sigma'(z_j^{[L]})",
            (
                r"\frac{\partial C}{\partial a_j^{[L]}} = \frac{\partial}{\partial a_j^{[L]}} \frac12"
                r" \sum_{k=1}^{n_L} (y_k - a_k^{[L]})^2 = -(y_j - a_j^{[L]})"
            ),
            (
                r"\delta_j^{[L]} = \frac{\partial C}{\partial z_j^{[L]}} = \frac{\partial C}{\partial a_j^{[L]}}"
                r" \frac{\partial a_j^{[L]}}{\partial z_j^{[L]}} = (a_j^{[L]} - y_j) \sigma'(z_j^{[L]})"
            ),
            r"\delta^{[L]} = \sigma'(z^{[L]}) \circ (a^{[L]} - y)",
            (
                r"\delta_j^{[l]} = \sum_{k=1}^{n_{l+1}} \frac{\partial C}{\partial z_k^{[l+1]}} \frac{\partial"
                r" z_k^{[l+1]}}{\partial z_j^{[l]}} = \sum_{k=1}^{n_{l+1}} \delta_k^{[l+1]} \frac{\partial"
                r" z_k^{[l+1]}}{\partial z_j^{[l]}}"
            ),
            r"\frac{\partial z_k^{[l+1]}}{\partial z_j^{[l]}} = w_{kj}^{[l+1]} \sigma'(z_j^{[l]})",
            (
                r"\delta^{[l]} = \sigma'(z^{[l]}) \circ (W^{[l+1]})^T \delta^{[l+1]}, \qquad \text{for } 2 \le l"
                r" \le L-1"
            ),
            r"\frac{\partial C}{\partial b_j^{[l]}} = \delta_j^{[l]}",
            r"\frac{\partial C}{\partial w_{jk}^{[l]}} = \delta_j^{[l]} a_k^{[l-1]}",
            r"\delta^{[L]} = D^{[L]} (a^{[L]} - y)",
            (
                r"\delta^{[l]} = D^{[l]} (W^{[l+1]})^T D^{[l+1]} (W^{[l+2]})^T \cdots D^{[L-1]} (W^{[L]})^T"
                r" D^{[L]} (a^{[L]} - y)"
            ),
        ],
        [
            r"\delta_j^{[l]} = \sum_{k=1}^{n_{l+1}} \delta_k^{[l+1]} w_{jk}^{[l+1]} \sigma'(z_j^{[l]})",
            r"\frac{\partial C}{\partial w_{jk}^{[l]}} = \delta_j^{[l]} a_j^{[l-1]}",
            r"\frac{\partial C}{\partial w_{jk}^{[l]}} = \delta_j^{[l]} a_k^{[l]}",
            r"\delta^{[L]} = D^{[L]} (y - a^{[L]})",
        ],
    ),
    "depth l, a penalty": (
        r"""
layers = 'k = 0..l'
given = '''
  a^{(k)} = b^{(k)} + W^{(k)} h^{(k-1)}
  h^{(k)} = f(a^{(k)})
  h^{(0)} = x
  \hat y = h^{(l)}
  J = L(\hat y, y) + \frac{\lambda}{2} \sum_{k=1}^{l} \|W^{(k)}\|_F^2
  g^{(k)} = \nabla_{a^{(k)}} J
'''
[functions]
'f' = 'any'
'L' = 'any cost'
[conventions]
vectors = 'columns'
""",
        [
            r"\nabla_{\hat y} J = \nabla_{\hat y} L(\hat y, y)",
            r"g^{(l)} = \nabla_{\hat y} L(\hat y, y) \odot f'(a^{(l)})",
            r"g^{(k)} = f'(a^{(k)}) \odot \left( W^{(k+1)\top} g^{(k+1)} \right)",
            r"\nabla_{b^{(k)}} J = g^{(k)}",
            r"\nabla_{W^{(k)}} J = g^{(k)} h^{(k-1)\top} + \lambda W^{(k)}",
            r"\nabla_{h^{(k-1)}} J = W^{(k)\top} g^{(k)}",
        ],
        [
            r"g^{(k)} = f'(a^{(k)}) \odot \left( W^{(k+1)} g^{(k+1)} \right)",
            r"\nabla_{W^{(k)}} J = g^{(k)} h^{(k-1)\top}",
            r"\nabla_{W^{(k)}} J = g^{(k)} h^{(k)\top} + \lambda W^{(k)}",
            r"\nabla_{b^{(k)}} J = g^{(k)} + \lambda b^{(k)}",
        ],
    ),
    "numbers under letters of one's own": (
        r"""
given = '''
  p = m q + c
  r = \tanh p
  s = n r + d
  E = (s - t)^2 + \mu (m^2 + n^2)
'''
[conventions]
vectors = 'scalars'
""",
        [
            r"\frac{\mathrm dE}{\mathrm ds} = 2(s - t)",
            r"\frac{\mathrm dr}{\mathrm dp} = 1 - r^2 = 1 - \tanh^2 p",
            r"\frac{\partial E}{\partial n} = 2 (s - t) r + 2 \mu n",
            (
                r"\frac{\partial E}{\partial m} = \frac{\partial E}{\partial s} \frac{\partial s}{\partial r}"
                r" \frac{\partial r}{\partial p} \frac{\partial p}{\partial m} + 2 \mu m = 2 (s - t) n (1 - r^2)"
                r" q + 2 \mu m"
            ),
            r"\frac{dE}{dc} = 2 n (s - t) (1 - r^2)",
            r"\partial E / \partial d = 2 (s - t)",
        ],
        [
            r"\frac{dr}{dp} = 1 - p^2",
            r"\frac{\partial E}{\partial m} = 2 (s - t) n (1 - r^2) + 2 \mu m",
            r"\frac{\partial E}{\partial n} = 2 (s - t) r + \mu n",
        ],
    ),
    "denominator layout, weights by their source": (
        r"""
layers = 'k = 0..K'
given = '''
  \mathbf f_k = \boldsymbol\beta_k + \boldsymbol\Omega_k \mathbf h_k
  \mathbf h_{k+1} = a[\mathbf f_k]
  \mathbf h_0 = \mathbf x_i
  \ell_i = \frac12 \|\mathbf f_K - \mathbf y_i\|^2
'''
[functions]
'a' = 'relu'
[conventions]
vectors = 'columns'
jacobian = 'denominator'
[index]
'i' = 'fixed'
""",
        [
            r"\frac{\partial \ell_i}{\partial \mathbf f_K} = \mathbf f_K - \mathbf y_i",
            (
                r"\frac{\partial \mathbf f_k}{\partial \mathbf h_k} = \frac{\partial}{\partial \mathbf h_k}"
                r" (\boldsymbol\beta_k + \boldsymbol\Omega_k \mathbf h_k) = \boldsymbol\Omega_k^T"
            ),
            (
                r"\frac{\partial \ell_i}{\partial \mathbf f_{k-1}} = \frac{\partial \mathbf h_k}{\partial"
                r" \mathbf f_{k-1}} \frac{\partial \mathbf f_k}{\partial \mathbf h_k} \frac{\partial"
                r" \ell_i}{\partial \mathbf f_k}"
            ),
            (
                r"\frac{\partial \ell_i}{\partial \mathbf f_{k-1}} = \mathbb I[\mathbf f_{k-1} > 0] \odot \left("
                r" \boldsymbol\Omega_k^T \frac{\partial \ell_i}{\partial \mathbf f_k} \right)"
            ),
            (
                r"\frac{\partial \ell_i}{\partial \boldsymbol\Omega_k} = \frac{\partial \ell_i}{\partial \mathbf"
                r" f_k} \mathbf h_k^T"
            ),
            (
                r"\frac{\partial \ell_i}{\partial \boldsymbol\beta_k} = \frac{\partial \mathbf f_k}{\partial"
                r" \boldsymbol\beta_k} \frac{\partial \ell_i}{\partial \mathbf f_k} = \frac{\partial"
                r" \ell_i}{\partial \mathbf f_k}"
            ),
            (
                r"\frac{\partial \ell_i}{\partial \boldsymbol\Omega_0} = \frac{\partial \ell_i}{\partial \mathbf"
                r" f_0} \mathbf x_i^T"
            ),
        ],
        [
            r"\frac{\partial \mathbf f_k}{\partial \mathbf h_k} = \boldsymbol\Omega_k",
            (
                r"\frac{\partial \ell_i}{\partial \mathbf f_{k-1}} = \frac{\partial \ell_i}{\partial \mathbf"
                r" f_k} \frac{\partial \mathbf f_k}{\partial \mathbf h_k} \frac{\partial \mathbf h_k}{\partial"
                r" \mathbf f_{k-1}}"
            ),
            (
                r"\frac{\partial \ell_i}{\partial \mathbf f_{k-1}} = \mathbb I[\mathbf f_k > 0] \odot \left("
                r" \boldsymbol\Omega_k^T \frac{\partial \ell_i}{\partial \mathbf f_k} \right)"
            ),
            (
                r"\frac{\partial \ell_i}{\partial \boldsymbol\Omega_k} = \frac{\partial \ell_i}{\partial \mathbf"
                r" f_k} \mathbf h_{k+1}^T"
            ),
        ],
    ),
    "numerator layout, a column of the gradient": (
        r"""
given = '''
  \mathbf z = \mathbf W \mathbf x + \mathbf b
  \mathbf h = \operatorname{ReLU}(\mathbf z)
  \mathbf a = \mathbf V \mathbf h + \mathbf c
  \mathbf p = \operatorname{softmax}(\mathbf a)
  \mathcal L = -\sum_c y_c \log p_c
  \sum_c y_c = 1
  \boldsymbol\delta_1 = \frac{\partial \mathcal L}{\partial \mathbf a}
  \boldsymbol\delta_2 = \frac{\partial \mathcal L}{\partial \mathbf z}
'''
[conventions]
vectors = 'columns'
jacobian = 'numerator'
gradient = 'transposed'
""",
        [
            r"\boldsymbol\delta_1 = (\mathbf p - \mathbf y)^\mathsf{T}",
            (
                r"\boldsymbol\delta_2 = \boldsymbol\delta_1 \frac{\partial \mathbf a}{\partial \mathbf h}"
                r" \frac{\partial \mathbf h}{\partial \mathbf z} = \boldsymbol\delta_1 \mathbf V"
                r" \operatorname{diag}(\mathbb I[\mathbf z > 0])"
            ),
            r"\frac{\partial \mathbf a}{\partial \mathbf h} = \mathbf V",
            r"\frac{\partial \mathcal L}{\partial V_{ij}} = \delta_{1,i} h_j",
            r"\nabla_{\mathbf V} \mathcal L = \boldsymbol\delta_1^\mathsf{T} \mathbf h^\mathsf{T}",
            r"\nabla_{\mathbf W} \mathcal L = \boldsymbol\delta_2^\mathsf{T} \mathbf x^\mathsf{T}",
            r"\nabla_{\mathbf b} \mathcal L = \boldsymbol\delta_2^\mathsf{T}",
            r"\frac{\partial \mathcal L}{\partial \mathbf x} = \boldsymbol\delta_2 \mathbf W",
            r"\frac{\partial p_c}{\partial a_j} = p_c (\mathbb I[c = j] - p_j)",
        ],
        [
            r"\boldsymbol\delta_1 = (\mathbf y - \mathbf p)^\mathsf{T}",
            (
                r"\boldsymbol\delta_2 = \boldsymbol\delta_1 \mathbf V^\mathsf{T} \operatorname{diag}(\mathbb"
                r" I[\mathbf z > 0])"
            ),
            r"\nabla_{\mathbf W} \mathcal L = \boldsymbol\delta_2^\mathsf{T} \mathbf h^\mathsf{T}",
            r"\frac{\partial \mathcal L}{\partial \mathbf x} = \mathbf W^\mathsf{T} \boldsymbol\delta_2",
        ],
    ),
}
